/** Pages with a widget that looks like reCAPTCHA's to puppeteer-extra-plugin-recaptcha, and loads nothing from outside. */
import { loginPage, page, tokenField, welcome, wrongCaptcha } from './login.ts'
import type { Site } from './site.ts'
import { tokenIn } from './token.ts'

/** What the plugin looks for. A `srcdoc` goes before `src`, so that the address only stands there. */
const widget = (id: string) => `<iframe name="a-${id}" title="reCAPTCHA" width="304" height="78"
  src="https://www.google.com/recaptcha/api2/anchor?k=sandbox" srcdoc="I'm not a robot"></iframe>`

/** reCAPTCHA's globals; `callback` is an expression of the function that gets a token. */
const globals = (ids: readonly string[], callback = 'undefined') => {
  const clients = ids.map((id, index) => `{ id: ${index}, D: '${id}', l: { l: { sitekey: 'sandbox', callback } } }`)
  return `<script>
const callback = ${callback}
window.__google_recaptcha_client = true
window.___grecaptcha_cfg = { clients: [${clients.join()}] }
</script>`
}

const withWidget = (callback?: string) => globals(['first'], callback) + widget('first')

/** A token is verified as soon as it is there, with no click. */
const verifying = `async (captcha) => {
  const response = await fetch('login', { method: 'POST', body: JSON.stringify({ captcha }) })
  const { success } = await response.json()
  if (success) location = 'dashboard'
  else document.querySelector('form').insertAdjacentHTML('afterbegin', '${wrongCaptcha}')
}`

const twoForms = ['first', 'second'].map(
  (id) => `<form id="${id}" onsubmit="event.preventDefault(); send(this)">
${widget(id)}
<textarea name="${tokenField}" aria-label="Captcha token" hidden></textarea>
<button type="submit">Send the ${id}</button>
</form>`,
)

const sending = `<script>
const send = (form) => fetch('login', { method: 'POST', body: new URLSearchParams(new FormData(form)) })
</script>`

const site =
  (html: string): Site =>
  (visit) => {
    switch (visit.route) {
      case 'GET /':
        return { body: html }
      case 'GET /frame':
        return { body: loginPage('session', withWidget()) }
      case 'POST /login':
        return { body: { success: visit.verify(tokenIn(visit)) } }
      case 'POST /session':
        return visit.verify(tokenIn(visit))
          ? { status: 302, headers: { location: 'dashboard' } }
          : { body: loginPage('session', withWidget() + wrongCaptcha) }
      case 'GET /dashboard':
        return { body: welcome }
    }
  }

export const recaptcha = {
  recaptcha: site(loginPage('session', withWidget())),
  'recaptcha-callback': site(loginPage('session', withWidget(verifying))),
  'recaptcha-frame': site(page('Frame', '<iframe src="frame" title="Sign in" width="400" height="500"></iframe>')),
  'recaptcha-two': site(page('Two captchas', globals(['first', 'second']) + sending + twoForms.join('\n'))),
} satisfies Record<string, Site>
