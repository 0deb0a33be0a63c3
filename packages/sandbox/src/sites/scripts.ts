/** What a page's script does with the answer to its call. */
import type { Reply } from '../loopback.ts'
import { loginPage, page, welcome, wrongCaptcha } from './login.ts'
import { scripted } from './script.ts'
import { goingOn, isSignedIn, signedIn } from './session.ts'
import type { Site } from './site.ts'
import { tokenIn } from './token.ts'

/** How the site behind the page differs from the usual: `{"success":…}`, and a cookie for who is in. */
interface Backend {
  readonly answer?: (success: boolean) => Reply
  readonly dashboard?: Reply
}

function scriptedSite(script: string, { answer, dashboard }: Backend = {}): Site {
  return (visit) => {
    switch (visit.route) {
      case 'GET /':
        return { body: isSignedIn(visit) ? welcome : scripted(script.replace('ABROAD', visit.abroad)) }
      case 'OPTIONS /login':
        return { status: 204, headers: foreignersWelcome }
      case 'POST /login': {
        const success = visit.verify(tokenIn(visit))
        const headers = { ...signedIn(success), ...foreignersWelcome }
        return { headers, body: { success }, ...answer?.(success) }
      }
      case 'GET /waiting':
        return { body: page('One moment', `<script>${goingOn}</script>`) }
      case 'GET /next':
        return { status: 302, headers: { location: isSignedIn(visit) ? 'dashboard' : 'error' } }
      case 'GET /dashboard':
        return { body: welcome, ...dashboard }
      case 'GET /error':
        return { body: loginPage('login', wrongCaptcha) }
    }
  }
}

const foreignersWelcome = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }

const call = `await send(JSON.stringify({ captcha: token }), { 'content-type': 'application/json' })`
const calling = (then: string) => `const response = ${call}
  const { success } = await response.json()
  if (!success) return show(false)
  ${then}`
const leaving = calling(`location.href = 'dashboard'`)
const padding = 'x'.repeat(10_000_000)

/** The page has the browser load its dashboard beforehand, and is `#ready` when it did, or in a while if it does not. */
function speculating(how: 'prefetch' | 'prerender'): Site {
  const rules = { [how]: [{ source: 'list', urls: ['dashboard'], eagerness: 'immediate' }] }
  const ready = `<script type="speculationrules">${JSON.stringify(rules)}</script>
<script>
const since = performance.now()
const waiting = setInterval(() => {
  if (!document.cookie.includes('loaded=') && performance.now() < since + 1500) return
  clearInterval(waiting)
  document.body.id = 'ready'
}, 50)
</script>`
  const site = scriptedSite(leaving, { dashboard: { headers: { 'set-cookie': 'loaded=yes' } } })
  return (visit) => {
    const answer = site(visit)
    if (visit.route !== 'GET /' || typeof answer !== 'object') return answer
    return { ...answer, body: String(answer.body).replace('</body>', `${ready}</body>`) }
  }
}

export const scripts = {
  leave: scriptedSite(leaving),
  /** It shows its thanks for a while. */
  'leave-later': scriptedSite(
    calling(`form.outerHTML = '<p id="answered">Thank you.</p>'
  setTimeout(() => (location = 'dashboard'), 5000)`),
  ),
  'slow-call': scriptedSite(leaving, { answer: () => ({ delay: 1500 }) }),
  'leave-50': scriptedSite(leaving, { dashboard: { delay: 50 } }),
  'leave-1500': scriptedSite(leaving, { dashboard: { delay: 1500 } }),
  prefetched: speculating('prefetch'),
  prerendered: speculating('prerender'),
  'leave-unread': scriptedSite(`${call}\n  location = 'next'`),
  /** It goes by the status, stays, and reads no body. */
  unread: scriptedSite(`const { ok } = ${call}\n  show(ok)`, {
    answer: (success) => (success ? {} : { status: 422, body: { success: false, error: 'captcha' } }),
  }),
  'leave-streaming': scriptedSite(`${call}\n  location = 'next'`, { answer: () => ({ halfway: 600 }) }),
  'leave-keepalive': scriptedSite(
    `fetch(form.action, { method: 'POST', keepalive: true, body: JSON.stringify({ captcha: token }) })
  location = 'waiting'`,
    { answer: () => ({ delay: 300 }) },
  ),
  reload: scriptedSite(`${call}\n  location.reload()`),
  back: scriptedSite(calling('history.back()')),
  hash: scriptedSite(calling(`location.hash = '#/dashboard'`)),
  stream: scriptedSite(calling('show(true)'), { answer: () => ({ halfway: 600 }) }),
  'ten-megabytes-json': scriptedSite(calling('show(true)'), { answer: (success) => ({ body: { success, padding } }) }),
  /** The stream stays open after its first event. */
  'event-stream': scriptedSite(
    `const response = ${call}
  const { value } = await response.body.pipeThrough(new TextDecoderStream()).getReader().read()
  show(value.includes('true'))`,
    {
      answer: (success) => ({
        headers: { ...signedIn(success), 'content-type': 'text/event-stream' },
        body: `data: {"success":${success}}\n\n`.repeat(2),
        halfway: 'stall',
      }),
    },
  ),
  /** Half the answer comes, and no more. */
  stalled: scriptedSite(calling('show(true)'), { answer: () => ({ halfway: 'stall' }) }),
  'document-write': scriptedSite(
    `const response = ${call}
  const html = await response.text()
  document.open(); document.write(html); document.close()`,
    { answer: (success) => ({ body: success ? welcome : loginPage('login', wrongCaptcha) }) },
  ),
  unprocessable: scriptedSite(calling('show(true)'), { answer: (success) => (success ? {} : { status: 422 }) }),
  cookie: scriptedSite(call, { answer: () => ({ body: { received: true } }) }),
  preflight: scriptedSite(`form.action = 'ABROADlogin'\n  ${calling('show(true)')}`),
  /** The page itself never learns the answer. */
  'no-cors': scriptedSite(
    `await fetch('ABROADlogin', { method: 'POST', mode: 'no-cors', body: JSON.stringify({ captcha: token }) })`,
    { answer: (success) => (success ? {} : { status: 403 }) },
  ),
  /** The token is good, the user name is not. */
  taken: scriptedSite(calling('show(true)'), {
    answer: () => ({ status: 422, body: { success: false, error: 'username' } }),
  }),
  /** Asks for a user name first, and tells that to its analytics; the token stays where it is. */
  analytics: scriptedSite(`navigator.sendBeacon('collect', JSON.stringify({ event: 'submit', form: 'login' }))
  send(new URLSearchParams({ event: 'error', field: 'username' }))
  form.username.reportValidity()`),
  /** The token leaves only where browsers repeat what they know: as a referer and in a cookie. */
  echo: scriptedSite(`document.cookie = 'draft=' + encodeURIComponent(token)
  history.replaceState(null, '', '?draft=' + encodeURIComponent(token))
  await fetch('dashboard')
  await send('{}')`),
} satisfies Record<string, Site>
