import { z } from 'zod'
import { welcome } from './login.ts'
import { scripted } from './script.ts'
import type { Site } from './site.ts'

/** A page whose script does it all: a JSON call, then `history.pushState`, with no navigation. */
export const json: Site = ({ route, json, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: scriptedPage('json') }
    case 'POST /login': {
      const { data } = submission.safeParse(json)
      if (!data) return { status: 400, body: { success: false, error: 'request' } }
      return { body: verify(data.captcha) ? { success: true } : { success: false, error: 'captcha' } }
    }
    case 'GET /dashboard':
      return { body: welcome }
  }
}

/** The same page, whose call is never answered. */
export const silent: Site = ({ route, json, verify }) => {
  switch (route) {
    case 'GET /':
      return { body: scriptedPage('silent') }
    case 'POST /login':
      verify(submission.safeParse(json).data?.captcha ?? '')
      return 'stall'
  }
}

const submission = z.object({ username: z.string(), captcha: z.string() })

const scriptedPage = (site: string) =>
  scripted(
    `const { username } = Object.fromEntries(fields)
  const response = await send(JSON.stringify({ username, captcha: token }), { 'content-type': 'application/json' })
  const { success } = await response.json()
  show(success)
  if (!success) return
  history.pushState(null, '', '/${site}/dashboard')
  document.title = 'Welcome'`,
    `/${site}/login`,
  )
