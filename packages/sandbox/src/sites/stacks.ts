/** What web frameworks put between a form and its answer, as they send it. */
import type { Answer } from '../loopback.ts'
import { loginPage, page, welcome } from './login.ts'
import { scripted } from './script.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

type Routes = Readonly<Record<string, (visit: Visit, success: boolean) => Answer>>

/** `script` runs in place of the form's submission. `POST /login` tells the success, unless a route does. */
export const stack =
  (script: string, routes: Routes = {}): Site =>
  (visit) => {
    const route = Object.hasOwn(routes, visit.route) ? routes[visit.route] : undefined
    const token = tokenIn(visit)
    if (route) return route(visit, token !== '' && visit.verify(token))
    switch (visit.route) {
      case 'GET /':
        return { body: script ? scripted(script.replace('ABROAD', visit.abroad)) : loginPage('login') }
      case 'POST /login':
        return { body: refusingBy(visit.verify(token)) }
      case 'GET /dashboard':
        return { body: welcome }
    }
  }

const refusingBy = (success: boolean) => ({ success, ...(!success && { error: 'captcha' }) })

const call = (to = 'login', more = '') =>
  `fetch('${to}', { method: 'POST', body: JSON.stringify({ captcha: token }), ${more} })`
const json = (text: string) => `(await (await ${text}).json())`

const leaving = `const { success } = ${json(call())}
  if (success) location = 'dashboard'
  else show(false)`

export const stacks = {
  /** The form goes to its own page, and a redirect is followed by script: 303 without a location. */
  'server-action': stack(
    `const response = await fetch('', { method: 'POST', headers: { 'next-action': '4f1c' }, body: fields })
  const [to] = response.headers.get('x-action-redirect')?.split(';') ?? []
  if (to) history.pushState(null, '', to)
  else show(false)`,
    {
      'POST /': (_, success) => ({
        status: 303,
        headers: {
          'content-type': 'text/x-component',
          'x-action-redirect': success ? 'dashboard;push' : './?error=captcha;push',
        },
        body: '0:["$@1"]\n1:null\n',
      }),
    },
  ),
  /** Loads beforehand where the user may go, whatever was answered. */
  preloading: stack(
    `const { success } = ${json(call())}
  await fetch('dashboard?_rsc=1', { headers: { rsc: '1', 'next-router-prefetch': '1' } })
  show(success)`,
  ),
  'link-prefetch': stack(
    `const { success } = ${json(call())}
  document.head.insertAdjacentHTML('beforeend', '<link rel="prefetch" href="dashboard">')
  show(success)`,
  ),
  /** Tells nobody whence its visitors come. */
  referrerless: stack(leaving, {
    'GET /': () => ({ headers: { 'referrer-policy': 'no-referrer' }, body: scripted(leaving) }),
  }),
  /** Shows in a moment where it will be, before it knows, and goes back if need be. */
  optimistic: stack(
    `const answer = ${call()}
  await new Promise((resolve) => setTimeout(resolve, 50))
  history.pushState(null, '', 'dashboard')
  const { success } = await (await answer).json()
  if (success) return show(true)
  history.replaceState(null, '', './')
  show(false)`,
    { 'POST /login': (_, success) => ({ body: refusingBy(success), delay: 200 }) },
  ),
  /** The same, while an advertisement loads itself anew in a frame. */
  'optimistic-ad': stack(
    `document.body.insertAdjacentHTML('beforeend', '<iframe name="ad" src="ad" title="Advertisement"></iframe>')
  const answer = ${call()}
  await new Promise((resolve) => setTimeout(resolve, 50))
  history.pushState(null, '', 'dashboard')
  await new Promise((resolve) => setTimeout(resolve, 50))
  frames.ad.location = 'ad?2'
  const { success } = await (await answer).json()
  if (success) return show(true)
  history.replaceState(null, '', './')
  show(false)`,
    {
      'POST /login': (_, success) => ({ body: refusingBy(success), delay: 400 }),
      'GET /ad': () => ({ body: page('Advertisement', '<p>Buy!</p>') }),
    },
  ),
  /** Goes on without waiting for the answer. */
  'fire-and-go': stack(
    `${call('login', 'keepalive: true')}
  location = 'dashboard'`,
    { 'POST /login': (_, success) => ({ body: { success }, delay: 500 }) },
  ),
  /** The redirect is in the body of a 202. */
  'single-fetch': stack(
    `const { redirect } = ${json(call('login.data'))}
  history.pushState(null, '', redirect)`,
    {
      'POST /login.data': (_, success) => ({
        status: 202,
        headers: { 'x-remix-response': 'yes' },
        body: { redirect: success ? 'dashboard' : './?error=captcha', status: 302, revalidate: true },
      }),
    },
  ),
  /** One call verifies the captcha, and then the form itself is sent, … */
  'verify-then-form': stack(
    `const { success } = ${json(call())}
  if (!success) return show(false)
  form.action = 'session'
  form.querySelector('textarea').remove()
  form.submit()`,
    { 'POST /session': () => ({ body: loginPage('session', '<p class="error">Wrong password.</p>') }) },
  ),
  /** … or another call, which tells of a wrong password. */
  'verify-then-call': stack(
    `const { success } = ${json(call())}
  if (!success) return show(false)
  await fetch('session', { method: 'POST', body: '{"username":"ada"}' })`,
    { 'POST /session': () => ({ status: 401, body: { error: 'password' } }) },
  ),
  /** … with a status that is always good. */
  'verify-then-graphql': stack(
    `const { success } = ${json(call())}
  if (!success) return show(false)
  await fetch('graphql', { method: 'POST', body: '{"query":"mutation { login }"}' })`,
    { 'POST /graphql': () => ({ body: { errors: [{ message: 'password' }] } }) },
  ),
  /** The answer comes by a stream of events. */
  events: stack(
    `const { id } = ${json(call())}
  new EventSource('events?id=' + id).onmessage = ({ data }) => show(JSON.parse(data).success)`,
    {
      'POST /login': (_, success) => ({ body: { id: Number(success) } }),
      'GET /events': ({ query }) => ({
        headers: { 'content-type': 'text/event-stream' },
        body: `data: {"success":${query.get('id') === '1'}}\n\n`.repeat(2),
        halfway: 'stall',
      }),
    },
  ),
  /** Who signs in is sent on to another origin by a form that posts itself, … */
  'form-post': stack('', {
    'POST /login': ({ abroad }) => ({ body: page('One moment', autoPost(`${abroad}session`)) }),
    'POST /session': () => ({ status: 302, headers: { location: 'dashboard' } }),
  }),
  /** … where there may be no account. */
  'form-post-refused': stack('', {
    'POST /login': ({ abroad }) => ({ body: page('One moment', autoPost(`${abroad}session`)) }),
    'POST /session': () => ({ status: 403, body: page('Sorry', '<h1>You have no account here</h1>') }),
  }),
} satisfies Record<string, Site>

const autoPost = (to: string) =>
  `<form method="post" action="${to}"><input name="code" value="4f1c" hidden></form><script>document.forms[0].submit()</script>`
