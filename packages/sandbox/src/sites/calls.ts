/** Pages that need more than one call, or more than one page, to come to an end. A token is good once. */
import type { Answer } from '../loopback.ts'
import { greeting, loginPage, page, welcome, wrongCaptcha } from './login.ts'
import { scripted } from './script.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

export type Routes = Readonly<Record<string, (visit: Visit) => Answer>>

const succeeds = (visit: Visit) => ({ success: visit.verify(tokenIn(visit)) })

/** `script` runs in place of the form's submission. `POST /login` tells the success, unless a route does. */
export const site =
  (script: string, routes: Routes = {}): Site =>
  (visit) => {
    const own = Object.hasOwn(routes, visit.route) ? routes[visit.route] : undefined
    if (own) return own(visit)
    switch (visit.route) {
      case 'GET /':
        return { body: scripted(script.replace('ABROAD', visit.abroad)) }
      case 'POST /login':
        return { body: succeeds(visit) }
      case 'GET /dashboard':
        return { body: welcome }
    }
  }

export const call = (to = 'login', more = '') =>
  `fetch('${to}', { method: 'POST', body: JSON.stringify({ captcha: token }), ${more} })`
export const asJSON = '.then((response) => response.json())'
const showing = (calling: string) => `show((await ${calling}${asJSON}).success)`
const foreignersWelcome = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }
const unavailable = { status: 503, body: page('Maintenance', '<h1>Back soon</h1>') }

/** Marks the first of two calls, which are the same otherwise. */
const firstly = `headers: { 'x-attempt': '1' }`
const isFirst = ({ headers }: Visit) => headers['x-attempt'] === '1'

/** Two calls, of which only the first takes the token along. */
const verifying = (second: Answer): Site =>
  site(
    `const { verified } = await ${call('verify')}${asJSON}
  if (!verified) return show(false)
  const response = await fetch('session', { method: 'POST', body: '{"username":"ada"}' })
  if (response.ok) show((await response.json()).success)`,
    {
      'POST /verify': (visit) => ({ body: { verified: visit.verify(tokenIn(visit)) } }),
      'POST /session': () => second,
    },
  )

/** The page goes on to its dashboard. */
const leavingFor = (dashboard: Answer): Site =>
  site(
    `const { success } = await ${call()}${asJSON}
  if (!success) return show(false)
  location = 'dashboard'`,
    { 'GET /dashboard': () => dashboard },
  )

export const calls = {
  /** A click too many: both calls take the token along, and the second is answered first. */
  twice: site(
    `const first = ${call('login', firstly)}${asJSON}
  await new Promise((resolve) => setTimeout(resolve, 200))
  const second = ${call()}${asJSON}
  show((await first).success || (await second).success)`,
    {
      'POST /login': (visit) => ({ body: succeeds(visit), delay: isFirst(visit) ? 900 : 0 }),
    },
  ),
  /** The page has no patience, and tries again. */
  impatient: site(
    `await ${call('login', `${firstly}, signal: AbortSignal.timeout(300)`)}.catch(() => {})
  ${showing(call())}`,
    { 'POST /login': (visit) => ({ body: succeeds(visit), delay: isFirst(visit) ? 2000 : 0 }) },
  ),
  /** The first attempt uses the token up and fails all the same, … */
  'retry-spent': site(
    `await ${call('login', firstly)}
  ${showing(call())}`,
    {
      'POST /login': (visit) => {
        const body = succeeds(visit)
        return isFirst(visit) ? unavailable : { body }
      },
    },
  ),
  /** … or fails before the token is looked at. */
  retry: site(
    `await ${call('login', firstly)}
  ${showing(call())}`,
    { 'POST /login': (visit) => (isFirst(visit) ? unavailable : { body: succeeds(visit) }) },
  ),
  /** First the captcha is verified, then the user is signed in, … */
  'two-calls': verifying({ body: { success: true } }),
  /** … or should be. */
  'two-calls-broken': verifying(unavailable),
  'two-calls-reset': verifying('reset'),
  'two-calls-silent': verifying('stall'),
  /** All calls are to one address and answered by 200; the page asks more when it knows. */
  graphql: site(
    `const headers = { 'content-type': 'application/json' }
  const ask = (query, variables) =>
    fetch('graphql', { method: 'POST', headers, body: JSON.stringify({ query, variables }) })${asJSON}
  await ask('{ locale }')
  const { errors } = await ask('mutation ($captcha: String!) { signIn(captcha: $captcha) { id } }', { captcha: token })
  await ask('{ menu { title } }')
  show(!errors)
  if (!errors) history.pushState(null, '', 'dashboard')`,
    {
      'POST /graphql': (visit) => {
        if (!visit.body.includes('mutation')) return { body: { data: {} } }
        return {
          body: visit.verify(tokenIn(visit)) ? { data: { signIn: { id: 1 } } } : { errors: [{ message: 'captcha' }] },
        }
      },
    },
  ),
  /** It takes its time to show what it knows. */
  ponderous: site(`const { success } = await ${call()}${asJSON}
  setTimeout(() => show(success), 1500)`),
  /** Loads its words for every outcome when it needs them. */
  'lazy-words': site(
    `await import('./words.js')
  ${showing(call())}`,
    {
      'GET /words.js': () => ({
        headers: { 'content-type': 'text/javascript' },
        body: `export default ${JSON.stringify({ wrongCaptcha, greeting })}`,
      }),
    },
  ),
  'new-tab-after': site(`const { success } = await ${call()}${asJSON}
  if (success) window.open('dashboard')
  else show(false)`),
  'broken-dashboard': leavingFor(unavailable),
  'reset-dashboard': leavingFor('reset'),
  /** The token is in the URL of another origin, so that the preflight's has it too. */
  'preflight-url': site(
    `const headers = { 'x-requested-with': 'page' }
  show((await fetch('ABROADlogin?captcha=' + token, { method: 'POST', headers })).ok)`,
    {
      'OPTIONS /login': () => ({ status: 204, headers: foreignersWelcome }),
      'POST /login': (visit) => {
        const success = visit.verify(visit.query.get('captcha') ?? '')
        return { status: success ? 200 : 403, headers: foreignersWelcome, body: { success } }
      },
    },
  ),
  /** A form by GET, whose answer tells its analytics where it is. */
  'tracked-get': site(`location = 'login?g-recaptcha-response=' + token`, {
    'GET /login': (visit) =>
      visit.verify(tokenIn(visit))
        ? { status: 303, headers: { location: 'dashboard' } }
        : {
            status: 403,
            body: loginPage(
              'login',
              `<p class="error">Please check what you entered.</p><script>
navigator.sendBeacon('collect', JSON.stringify({ page: location.href, search: location.search }))
fetch('collect?page=' + encodeURIComponent(location.href), { method: 'POST' })
fetch('collect?path=' + encodeURIComponent(location.pathname + location.search), { method: 'POST' })
</script>`,
            ),
          },
    'POST /collect': () => ({ body: {} }),
  }),
} satisfies Record<string, Site>
