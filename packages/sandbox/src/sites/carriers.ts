/** How a token travels to a site. Whatever takes it there, the answer is of the same kind. */
import { loginPage, tokenField, welcome, wrongCaptcha } from './login.ts'
import { scripted } from './script.ts'
import { goingOn, isSignedIn, signedIn } from './session.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

/** A page's script sends the token and shows the answer, `{"success":…}`. */
const byScript =
  (script: string, token: (visit: Visit) => string = tokenIn): Site =>
  (visit) => {
    if (visit.route === 'GET /') return { body: scripted(script) }
    if (visit.route.endsWith(' /login')) return { body: { success: visit.verify(token(visit)) } }
  }

/** The browser sends a form, and the answer is a page: the dashboard, or the form again. */
const byForm = (attributes: string, field = ''): Site => {
  const page = (extra: string) => ({ body: loginPage('login', extra).replace('method="post"', attributes) })
  return (visit) => {
    if (visit.route === 'GET /') return page(field)
    if (visit.route === 'GET /dashboard') return { body: welcome }
    if (!visit.route.endsWith(' /login')) return undefined
    if (visit.verify(tokenIn(visit))) return { status: 303, headers: { location: 'dashboard' } }
    return page(field + wrongCaptcha)
  }
}

const showAnswer = 'const { success } = await response.json(); show(success)'
const fetching = (call: string) => byScript(`const response = await ${call}; ${showAnswer}`)
const xhr = (isAsync: boolean) =>
  byScript(`const xhr = new XMLHttpRequest()
  xhr.open('POST', form.action, ${isAsync})
  xhr.setRequestHeader('content-type', 'application/json')
  xhr.onload = () => show(JSON.parse(xhr.responseText).success)
  xhr.send(JSON.stringify({ captcha: token }))`)

export const carriers = {
  multipart: byForm('method="post" enctype="multipart/form-data"'),
  'multipart-file': byForm(
    'method="post" enctype="multipart/form-data"',
    `<label>Photo <input type="file" name="photo"></label>
<script>
const chosen = new DataTransfer()
chosen.items.add(new File(['photo'], 'photo.png'))
document.querySelector('[type=file]').files = chosen.files
</script>`,
  ),
  'get-form': byForm('method="get"'),
  'form-data': fetching('send(fields)'),
  'form-data-file': fetching(`send((fields.append('photo', new Blob(['photo']), 'photo.png'), fields))`),
  url: fetching(`fetch('login?${tokenField}=' + encodeURIComponent(token), { method: 'POST' })`),
  header: fetching(`send('{}', { 'x-captcha': token })`),
  'json-nested': fetching(
    `send(JSON.stringify({ user: { form: [{ captcha: token }] } }), { 'content-type': 'application/json' })`,
  ),
  'json-escaped': fetching(
    `send(JSON.stringify({ captcha: token }).replaceAll('/', '\\\\/'), { 'content-type': 'application/json' })`,
  ),
  gzip: fetching(`send(
    await new Response(new Blob([JSON.stringify({ captcha: token })]).stream()
      .pipeThrough(new CompressionStream('gzip'))).blob(),
    { 'content-type': 'application/json', 'content-encoding': 'gzip' })`),
  blob: fetching(`send(new Blob([JSON.stringify({ captcha: token })], { type: 'application/json' }))`),
  'five-megabytes': fetching(`send(JSON.stringify({ draft: 'x'.repeat(5_000_000), captcha: token }))`),
  /** Nobody can see the token in it. */
  base64: byScript(`const response = await send(btoa(JSON.stringify({ captcha: token }))); ${showAnswer}`, (visit) =>
    tokenIn({ ...visit, body: atob(visit.body) }),
  ),
  xhr: xhr(true),
  'sync-xhr': xhr(false),
  /** Streamed where the browser can, which takes HTTP/2: see `secureURL`. */
  'streamed-upload': fetching(`fetch('login', {
    method: 'POST',
    duplex: 'half',
    headers: { 'content-type': 'application/json' },
    body: [new Blob([JSON.stringify({ captcha: token })])]
      .map((blob) => 'duplex' in Request.prototype ? blob.stream() : blob)[0],
  })`),
  websocket: byWebSocket(),
  /** Besides, it tells its analytics what was filled in, and goes on when it knows. */
  'websocket-leaving': byWebSocket(`send(new URLSearchParams({ event: 'sent', '${tokenField}': '[hidden]' }))
  if (success) location = 'dashboard'`),
  beacon: beacon('JSON.stringify({ captcha: token })'),
  'beacon-blob': beacon(`new Blob([JSON.stringify({ captcha: token })], { type: 'application/json' })`),
} satisfies Record<string, Site>

/** No request carries the token. */
function byWebSocket(then = ''): Site {
  return (visit) => {
    switch (visit.route) {
      case 'GET /':
        return {
          body: scripted(`const socket = new WebSocket('login')
  socket.onopen = () => socket.send(JSON.stringify({ captcha: token }))
  socket.onmessage = ({ data }) => {
  const { success } = JSON.parse(data)
  show(success)
  ${then}
  }`),
        }
      case 'MESSAGE /login':
        return { body: { success: visit.verify(tokenIn(visit)) } }
      case 'POST /login':
        return { status: 204 }
      case 'GET /dashboard':
        return { body: welcome }
    }
  }
}

/** A beacon's answer is nobody's to read: the page waits for its cookie, and goes where the server then sends it. */
function beacon(data: string): Site {
  return (visit) => {
    switch (visit.route) {
      case 'GET /':
        return { body: scripted(`navigator.sendBeacon(form.action, ${data})\n  ${goingOn}`) }
      case 'POST /login':
        return { status: 204, headers: signedIn(visit.verify(tokenIn(visit))) }
      case 'GET /next':
        return { status: 302, headers: { location: isSignedIn(visit) ? 'dashboard' : './' } }
      case 'GET /dashboard':
        return { body: welcome }
    }
  }
}
