/** How sites answer a form: one answer for a good token, one for a bad. */
import type { Answer, Reply } from '../loopback.ts'
import { loginPage, page, welcome, wrongCaptcha } from './login.ts'
import { isSignedIn, signedIn } from './session.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

/** The form once more, with an error that does not speak of the captcha. */
export const silent: Reply = { body: loginPage('login', '<p class="error">Please check what you entered.</p>') }
export const again: Reply = { body: loginPage('login', wrongCaptcha) }
export const onwards = (location: string, status = 302): Reply => ({ status, headers: { location } })
const latin = { headers: { 'content-type': 'text/html; charset=iso-8859-1' }, encoding: 'latin1' } as const
const apart = {
  headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' },
}
const interim = (head: string): Reply => ({ body: page('One moment', `${head}<p>One moment, please …</p>`) })
const script = (code: string) => `<script>${code}</script>`

const otherField = 'h-captcha-response'

export type Routes = Readonly<Record<string, Answer | ((visit: Visit) => Answer)>>

/** `routes` are the further pages. */
export function answering(good: Answer | ((visit: Visit) => Answer), bad: Answer = again, routes: Routes = {}): Site {
  const all: Routes = {
    'GET /': { body: loginPage('login') },
    'POST /login': (visit) => (visit.verify(tokenIn(visit)) ? answerOf(good, visit) : bad),
    'GET /dashboard': { body: welcome },
    'GET /error': again,
    ...routes,
  }
  return (visit) => {
    const answer = Object.hasOwn(all, visit.route) ? all[visit.route] : undefined
    return answer && answerOf(answer, visit)
  }
}

const answerOf = (answer: Routes[string], visit: Visit) => (typeof answer === 'function' ? answer(visit) : answer)

/** The first address only sends the whole form on, by this status, to where it is answered. */
const reposting = (status: 307 | 308, to: (visit: Visit) => string = () => 'session'): Site =>
  answering(onwards('dashboard'), again, {
    'POST /login': (visit) => onwards(to(visit), status),
    'POST /session': (visit) => (visit.verify(tokenIn(visit)) ? onwards('dashboard') : again),
  })

export const answers = {
  'redirect-301': answering(onwards('dashboard', 301)),
  'redirect-303': answering(onwards('dashboard', 303)),
  'redirect-chain': answering(onwards('one'), onwards('one-error'), {
    'GET /one': onwards('two', 301),
    'GET /two': onwards('dashboard', 303),
    'GET /one-error': onwards('error', 307),
  }),
  'redirect-abroad': answering(({ abroad }) => onwards(`${abroad}dashboard`)),
  'repost-307': reposting(307),
  'repost-308': reposting(308),
  'repost-abroad': reposting(307, ({ abroad }) => `${abroad}session`),
  /** Everybody is sent to the dashboard first, and from there back if need be. */
  bounce: answering(
    { ...onwards('dashboard'), headers: { location: 'dashboard', ...signedIn(true) } },
    onwards('dashboard'),
    {
      'GET /dashboard': (visit) => (isSignedIn(visit) ? { body: welcome } : onwards('./?error=captcha')),
    },
  ),
  forbidden: answering(onwards('dashboard'), { status: 403, body: page('Forbidden', wrongCaptcha) }),
  'no-content': answering({ status: 204 }),
  download: answering({
    headers: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename="report.csv"' },
    body: 'a,b\n',
  }),
  /** An app of the user's is to take over, … */
  'to-app': answering(onwards('com.example.app://oauth?code=4f1c')),
  /** … or a program on this machine, which does not run, … */
  'to-dead-port': answering(onwards('http://127.0.0.1:2/callback?code=4f1c')),
  /** … or the crawler itself. */
  'to-callback': answering(({ abroad }) => onwards(`${abroad}callback?code=4f1c`)),
  /** A refusal of old: a word by the browser, and back. */
  'alert-and-back': answering(onwards('dashboard'), {
    body: page('Wrong', script(`alert('Wrong captcha'); history.back()`)),
  }),
  'script-redirect': answering(
    interim(script(`location.href = 'dashboard'`)),
    interim(script(`location.href = 'error'`)),
  ),
  'meta-refresh': answering(
    interim('<meta http-equiv="refresh" content="0;url=dashboard">'),
    interim('<meta http-equiv="refresh" content="0;url=error">'),
  ),
  /** An interim page, and half a second later the redirect. */
  interim: answering(
    interim(script(`setTimeout(() => location = 'dashboard', 500)`)),
    interim(script(`setTimeout(() => location = 'error', 500)`)),
  ),
  'slow-answer': answering({ ...onwards('dashboard'), delay: 1500 }, { ...again, delay: 1500 }),
  'slow-page': answering({ body: welcome, halfway: 600 }, { ...again, halfway: 600 }),
  'ten-megabytes': answering(
    { body: `${welcome}<!--${'x'.repeat(10_000_000)}-->` },
    { body: `${again.body}<!--${'x'.repeat(10_000_000)}-->` },
  ),
  /** Who comes again has the dashboard in the browser's cache, and the site says that it is still good, … */
  'cached-304': answering(onwards('dashboard'), again, {
    'GET /dashboard': ({ headers }) => ({
      headers: { etag: '"1"', 'cache-control': 'no-cache' },
      ...(headers['if-none-match'] ? { status: 304 } : { body: welcome }),
    }),
  }),
  /** … or is not even asked. */
  cached: answering(onwards('dashboard'), again, {
    'GET /dashboard': { headers: { 'cache-control': 'max-age=3600' }, body: welcome },
  }),
  /** Asks for two captchas, both of which must be right. */
  'two-captchas': answering(
    (visit) => (visit.verify(new URLSearchParams(visit.body).get(otherField) ?? '') ? onwards('dashboard') : again),
    again,
    { 'GET /': { body: loginPage('login', `<textarea name="${otherField}" hidden></textarea>`) } },
  ),
  /** Everybody may see its dashboard, which asks for more. */
  'public-dashboard': answering(onwards('dashboard'), silent, {
    'GET /dashboard': { body: welcome + script(`fetch('api')`) },
    'GET /api': { body: { success: true } },
  }),
  /** Its pages are of a time before UTF-8. */
  latin: answering(
    { ...latin, body: page('Bienvenue', '<h1>Bienvenue, très cher hôte</h1>') },
    { ...latin, body: loginPage('login', '<p class="error">Réponse erronée</p>') },
    { 'GET /': { ...latin, body: loginPage('login', '<p>Très cher hôte</p>') } },
  ),
  /** The answer lives in a world of its own, for which browsers change the process. */
  isolated: answering({ ...apart, body: welcome }, { ...again, ...apart }),
  /** A wall before the page itself, and at the same address. */
  challenge: (visit) => {
    const form = { status: 403, body: loginPage('./', '<p>Are you human?</p>') }
    if (visit.route === 'GET /') return isSignedIn(visit) ? { body: welcome } : form
    if (visit.route !== 'POST /') return undefined
    return visit.verify(tokenIn(visit)) ? { status: 302, headers: { location: './', ...signedIn(true) } } : form
  },
  busy: answering(
    { status: 429, headers: { 'retry-after': '60' }, body: page('Slow down', '<h1>Too many requests</h1>') },
    {
      status: 429,
    },
  ),
  maintenance: answering({ status: 503, body: page('Maintenance', '<h1>Back soon</h1>') }, { status: 503 }),
  reset: answering('reset', 'reset'),
  /** The token is good, and something else is wrong. */
  'wrong-password': answering({ body: loginPage('login', '<p class="error">Wrong password.</p>') }),
  /** Who is in must pay first. */
  'login-wall': answering(onwards('subscribe'), again, {
    'GET /subscribe': { body: page('Subscribe', '<h1>Subscribe to go on</h1>') },
  }),
  /** After a good captcha comes a second one. */
  'second-captcha': answering({ body: loginPage('second', '<p>One more, please.</p>') }, again, {
    'POST /second': (visit) => (visit.verify(tokenIn(visit)) ? onwards('dashboard') : again),
  }),
} satisfies Record<string, Site>
