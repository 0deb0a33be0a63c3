/** What a page's script does with the answer, `{"success":…}`, to its call. */
import type { Reply } from '../loopback.ts'
import { welcome } from './login.ts'
import { scripted } from './script.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

const call = `await send(JSON.stringify({ captcha: token }), { 'content-type': 'application/json' })`
/** Says it to the user, or goes where `then` says. */
const calling = (then: string) => `const response = ${call}
  const { success } = await response.json()
  if (!success) return show(false)
  ${then}`

interface Backend {
  readonly answer?: Reply
  readonly dashboard?: Reply
}

function page(script: string, { answer, dashboard }: Backend = {}): Site {
  return (visit) => {
    switch (visit.route) {
      case 'GET /':
        return { body: scripted(script) }
      case 'POST /login':
        return { ...judged(visit), ...answer }
      case 'GET /dashboard':
        return { body: welcome, ...dashboard }
    }
  }
}

function judged(visit: Visit): Reply {
  const success = visit.verify(tokenIn(visit))
  return { headers: success ? { 'set-cookie': 'session=ada' } : {}, body: { success } }
}

export const scripts = {
  leave: page(calling(`location.href = 'dashboard'`)),
  'leave-50': page(calling(`location.href = 'dashboard'`), { dashboard: { delay: 50 } }),
  'leave-1500': page(calling(`location.href = 'dashboard'`), { dashboard: { delay: 1500 } }),
} satisfies Record<string, Site>
