/** Sites that put something before or behind the form: a wall, a further step, a wait. */
import type { Answer } from '../loopback.ts'
import { loginPage, page, welcome, wrongCaptcha } from './login.ts'
import { servedByWorker } from './places.ts'
import { scripted } from './script.ts'
import type { Site, Visit } from './site.ts'
import { stack } from './stacks.ts'

const call = (more = '') => `fetch('login', { method: 'POST', body: JSON.stringify({ captcha: token }), ${more} })`
const wall = (error = '') => ({ status: 403, body: loginPage('./', `<p>Are you human?</p>${error}`) })
const cleared = ({ headers, query }: Visit) =>
  headers.cookie?.includes('clearance=fresh') || query.get('clearance') === 'fresh'

/** A frame of another site verifies, and has the page go on. */
const framedWall = (behind: Answer) =>
  stack('', {
    'GET /': (visit) =>
      cleared(visit)
        ? behind
        : {
            status: 403,
            body: scripted(`frames[0].postMessage(token, '*')
  addEventListener('message', ({ data }) => location = '?clearance=' + data)`).replace(
              '</main>',
              `<iframe src="${visit.abroad}frame" title="Captcha"></iframe></main>`,
            ),
          },
    'GET /frame': () => ({
      body: page(
        'Captcha',
        `<script>addEventListener('message', async ({ data: token }) => {
  const response = await fetch('check?g-recaptcha-response=' + token)
  const { clearance } = await response.json()
  if (clearance) parent.postMessage(clearance, '*')
  else location.reload()
})</script>`,
      ),
    }),
    'GET /check': (_, success) => (success ? { body: { clearance: 'fresh' } } : { status: 403, body: {} }),
  })

export const walls = {
  /** Lets pass who has a clearance of today. */
  clearance: stack('', {
    'GET /': (visit) => (cleared(visit) ? { body: welcome } : wall()),
    'POST /': (_, success) =>
      success ? { status: 302, headers: { location: './', 'set-cookie': 'clearance=fresh' } } : wall(wrongCaptcha),
  }),
  'framed-wall': framedWall({ body: welcome }),
  /** Behind it is a page that takes forever. */
  'framed-wall-slow': framedWall('stall'),
  /** Who passed the captcha must tell a code, too. */
  'second-factor': stack('', {
    'POST /login': (_, success) =>
      success ? { status: 302, headers: { location: 'factor' } } : { status: 403, body: page('No', wrongCaptcha) },
    'GET /factor': () => ({ body: loginPage('code', '<p>The code from your app, please.</p>') }),
    'POST /code': () => ({ status: 403, body: page('No', '<p class="error">Wrong code.</p>') }),
  }),
  /** The bank asks for a confirmation, in a frame of its own. */
  'bank-frame': stack(
    `const { success } = await (await ${call()}).json()
  if (!success) return show(false)
  document.body.insertAdjacentHTML('beforeend', '<iframe name="bank" title="Your bank"></iframe>' +
    '<form id="creq" method="post" target="bank" action="ABROADbank"><input name="creq" value="4f1c" hidden></form>')
  document.querySelector('#creq').submit()`,
    { 'POST /bank': () => ({ body: page('Your bank', '<p>Confirm it in your app.</p>') }) },
  ),
  /** The wall of a firewall: it lets pass whoever has its cookie. */
  'cookie-wall': (visit) => {
    if (visit.route === 'GET /') return { status: 405, body: page('Human verification', '<h1>Verify</h1>') }
    if (visit.route !== 'GET /products') return undefined
    const token = /waf-token=([^;]+)/.exec(visit.headers.cookie ?? '')?.[1]
    if (token && visit.verify(token)) return { body: welcome }
    return { status: 405, body: page('Human verification', wrongCaptcha) }
  },
  /** Asks for news by itself, whatever the visitor does. */
  polling: stack('', {
    'GET /': () => ({
      body: loginPage('login', `<script>setInterval(() => fetch('news'), 200)</script>`),
    }),
    'GET /news': () => ({ body: { success: true } }),
  }),
  /** It is asked again and again, and still does not know. */
  polled: stack(
    `await ${call()}
  setInterval(() => fetch('state?of=4f1c'), 300)`,
    {
      'POST /login': () => ({ body: { state: 'pending' } }),
      'GET /state': () => ({ body: { state: 'pending' } }),
    },
  ),
  /** The page that is to know loads itself again and again. */
  refreshed: stack('', {
    'POST /login': () => ({ status: 303, headers: { location: 'waiting' } }),
    'GET /waiting': () => ({ headers: { refresh: '1' }, body: page('One moment', '<p>One moment, please …</p>') }),
  }),
  /** A worker has the shell of every page. */
  shell: stack('', {
    'GET /': () => ({
      body: `${scripted(`const { success } = await (await ${call()}).json()
  if (success) location = 'dashboard'
  else show(false)`)}${servedByWorker}`,
    }),
    'GET /worker.js': () => ({
      headers: { 'content-type': 'text/javascript' },
      body: `addEventListener('install', (event) =>
  event.waitUntil(caches.open('shell').then((cache) => cache.add('dashboard'))))
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) =>
  event.respondWith(caches.match(event.request).then((kept) => kept ?? fetch(event.request))))`,
    }),
  }),
  /** Its script does not follow redirects, and goes where it thinks best. */
  'manual-redirect': stack(
    `const { type } = await ${call(`redirect: 'manual'`)}
  if (type === 'opaqueredirect') location = 'dashboard'
  else show(false)`,
    {
      'POST /login': (_, success) =>
        success ? { status: 302, headers: { location: 'dashboard' } } : { body: loginPage('login', wrongCaptcha) },
    },
  ),
} satisfies Record<string, Site>
