/** Where the request comes from: frames, popups, workers. */
import type { Answer } from '../loopback.ts'
import { loginPage, page, tokenField, welcome, wrongCaptcha } from './login.ts'
import { scripted } from './script.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

/** The site's own pages and scripts; `POST /login` answers in JSON, `POST /session` with a page. */
const backend =
  (routes: Readonly<Record<string, (visit: Visit) => Answer>>): Site =>
  (visit) => {
    switch (visit.route) {
      case 'POST /login':
        return { body: { success: visit.verify(tokenIn(visit)) } }
      case 'POST /session':
        return visit.verify(tokenIn(visit)) ? { status: 302, headers: { location: 'dashboard' } } : { body: again }
      case 'GET /dashboard':
        return { body: welcome }
      default:
        return Object.hasOwn(routes, visit.route) ? routes[visit.route]?.(visit) : undefined
    }
  }

const again = loginPage('session', wrongCaptcha)
const javascript = (body: string): Answer => ({ headers: { 'content-type': 'text/javascript' }, body })

/** The page's form only hands its token to a frame, of this site or another, which does what `script` says. */
const framed = (script: string, where: (visit: Visit) => string = () => ''): Site =>
  backend({
    'GET /': (visit) => ({
      body: scripted(`frames[0].postMessage(token, '*')`).replace(
        '</main>',
        `<iframe src="${where(visit)}frame" title="Sign in"></iframe></main>`,
      ),
    }),
    'GET /frame': () => ({ body: page('Frame', hiddenForm(script)) }),
  })

const hiddenForm = (script: string) => `<form method="post" action="session"><input name="${tokenField}" hidden></form>
<script>
const form = document.querySelector('form')
addEventListener('message', async ({ data: token }) => {
  form.elements[0].value = token
  ${script}
})
</script>`

const abroad = ({ abroad }: Visit) => abroad
const fetching = `const response = await fetch('login', { method: 'POST', body: JSON.stringify({ captcha: token }) })
  document.body.textContent = (await response.json()).success ? 'Welcome' : 'Wrong captcha'`

/** The page's own form, which goes to another window. */
const targeted = (script: string, extra = ''): Site =>
  backend({ 'GET /': () => ({ body: scripted(script, 'session').replace('</main>', `${extra}</main>`) }) })

/** The page leaves the call to a worker, which answers with the success. */
const worked = (start: string, worker: string): Site =>
  backend({
    'GET /': () => ({
      body: scripted(`${start}
  port.onmessage = ({ data }) => show(data)
  port.postMessage(token)`),
    }),
    'GET /worker.js': () => javascript(worker),
  })

const calling = (port: string) => `async ({ data: token }) => {
  const response = await fetch('login', { method: 'POST', body: JSON.stringify({ captcha: token }) })
  ${port}.postMessage((await response.json()).success)
}`

/** Tells when a worker has taken over. */
export const servedByWorker = `<script type="module">
await navigator.serviceWorker.register('worker.js')
await navigator.serviceWorker.ready
if (!navigator.serviceWorker.controller)
  await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve))
document.body.id = 'served'
</script>`

/** A page under a service worker that passes every request on, once it has taken over. */
const served = (script: string): Site =>
  backend({
    'GET /': () => ({
      body: `${scripted(script, 'session')}${servedByWorker}`,
    }),
    'GET /worker.js': () =>
      javascript(`addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => event.respondWith(fetch(event.request)))`),
  })

export const places = {
  iframe: framed('form.submit()'),
  'iframe-fetch': framed(fetching),
  'iframe-abroad': framed('form.submit()', abroad),
  'iframe-abroad-fetch': framed(fetching, abroad),
  'iframe-abroad-leaving': framed(`${fetching}\n  location = 'dashboard'`, abroad),
  /** The user's own click must be in the frame: browsers let no other navigate the top. */
  'iframe-top': framed(
    `form.target = '_top'
  form.insertAdjacentHTML('beforeend', '<button style="position: fixed; inset: 0">Sign in</button>')`,
    abroad,
  ),
  // A moment later: where it goes at once, Chromium may never tell what Puppeteer withholds the response for.
  'iframe-removed': backend({
    'GET /': () => ({
      body: scripted(`frames[0].postMessage(token, '*')
  addEventListener('message', ({ data }) => {
    show(data)
    setTimeout(() => document.querySelector('iframe').remove(), 50)
  })`).replace('</main>', `<iframe src="frame" title="Sign in"></iframe></main>`),
    }),
    'GET /frame': () => ({
      body: page(
        'Frame',
        hiddenForm(`const response = await fetch('login', { method: 'POST', body: JSON.stringify({ captcha: token }) })
  parent.postMessage((await response.json()).success, '*')`),
      ),
    }),
  }),
  'hidden-iframe': targeted(
    `form.target = 'hidden'; form.submit()`,
    '<iframe name="hidden" title="Answer" hidden></iframe>',
  ),
  'new-tab': targeted(`form.target = '_blank'; form.submit()`),
  popup: targeted(`window.open('about:blank', 'popup', 'width=400,height=300'); form.target = 'popup'; form.submit()`),
  worker: worked(`const port = new Worker('worker.js')`, `onmessage = ${calling('self')}`),
  'shared-worker': worked(
    `const { port } = new SharedWorker('worker.js')`,
    `onconnect = ({ ports: [port] }) => { port.onmessage = ${calling('port')} }`,
  ),
  'service-worker-fetch':
    served(`const response = await fetch('login', { method: 'POST', body: JSON.stringify({ captcha: token }) })
  show((await response.json()).success)`),
  'service-worker-form': served('form.submit()'),
} satisfies Record<string, Site>
