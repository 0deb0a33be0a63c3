/** Pages on which more than one request takes the token along, or one takes it in a spelling of its own. */
import type { Answer } from '../loopback.ts'
import { asJSON, call, type Routes, site } from './calls.ts'
import { loginPage, tokenField, welcome, wrongCaptcha } from './login.ts'
import { isSignedIn, signedIn } from './session.ts'
import type { Site, Visit } from './site.ts'
import { tokenIn } from './token.ts'

const succeeds = (token: string, visit: Visit): Answer => {
  const success = visit.verify(token)
  return { body: { success, ...(!success && { error: 'captcha' }) } }
}
const login: Routes = { 'POST /login': (visit) => succeeds(tokenIn(visit), visit) }
const pause = 'await new Promise((resolve) => setTimeout(resolve, 200))'
const leaving = (calling: string) => `const { success } = await ${calling}${asJSON}
  if (success) location = 'dashboard'
  else show(false)`

/** A shop has the whole form looked at whenever an address changes, and then again when the order is placed. */
const checkout = (form: string) =>
  site(
    `await fetch('review', { method: 'POST', body: ${form} })
  ${pause}
  const { result } = await fetch('order', { method: 'POST', body: new URLSearchParams(fields) })${asJSON}
  if (result === 'success') location = 'dashboard'
  else show(false)`,
    {
      'POST /review': () => ({ body: { result: 'success', messages: '', fragments: { '.review': '<p>4.90</p>' } } }),
      'POST /order': (visit) => ({
        body: visit.verify(tokenIn(visit))
          ? { result: 'success', redirect: 'dashboard' }
          : { result: 'failure', messages: '<ul class="error"><li>Captcha verification failed.</li></ul>' },
      }),
    },
  )

/** A recorder of sessions tells what was typed, before the submission and after it. */
const recorded = (answer: Answer) => {
  const record = `await fetch('replay', { method: 'POST', body: JSON.stringify(
    { session: '4f1c', events: [{ type: 3, data: { source: 5, id: 42, text: token, isChecked: false } }] }) })`
  return site(
    `${record}
  ${pause}
  const { success } = await ${call()}${asJSON}
  ${record}
  if (success) location = 'dashboard'
  else show(false)`,
    { ...login, 'POST /replay': () => answer },
  )
}

/** The URL has the token as some library's own encoding spells it. */
const spelled = (encode: string) =>
  site(leaving(`fetch('login?${tokenField}=' + (${encode})(token), { method: 'POST' })`), login)

/** Every call of the page has a token of another captcha beside. */
const besides = (headers: string, more: string) =>
  site(
    `const other = () => '03AFcWeA' + Math.random().toString(36).slice(2) + 'Qz9_-x'.repeat(50)
  const send = (to, body) => fetch(to, { method: 'POST', headers: { ${headers} }, body: JSON.stringify({ ...body, ${more} }) })
  const { success } = await send('login', { captcha: token })${asJSON}
  await send('track', { event: success ? 'login' : 'refused' })
  if (success) location = 'dashboard'
  else show(false)`,
    { ...login, 'POST /track': () => ({ status: 204 }) },
  )

/** The browser sends a form when the page's script is done; `spelling` is the token as it was issued. */
const formAfter =
  (script: string, routes: Routes = {}, spelling = (token: string) => token): Site =>
  (visit) => {
    const again = (error = '') => ({ body: loginPage('login', error) })
    switch (visit.route) {
      case 'POST /login':
        return isSignedIn(visit) || visit.verify(spelling(tokenIn(visit)))
          ? { status: 303, headers: { location: 'dashboard' } }
          : again(wrongCaptcha)
      case 'GET /dashboard':
        return { body: welcome }
      default:
        return site(`${script}\n  form.submit()`, routes)(visit)
    }
  }

export const copies = {
  checkout: checkout(`new URLSearchParams({ security: '4f1c', post_data: new URLSearchParams(fields) })`),
  'checkout-direct': checkout('new URLSearchParams(fields)'),
  'recorded-204': recorded({ status: 204 }),
  'recorded-success': recorded({ body: { success: true } }),
  /** Saves itself as a draft, whatever is in it. */
  draft: site(
    `await ${call('draft')}
  ${pause}
  ${leaving(call())}`,
    { ...login, 'POST /draft': () => ({ body: { success: true } }) },
  ),
  /** Has the fields looked at by a call, and then sends the form, which is where the captcha is verified. */
  prevalidated: formAfter(
    `const { success } = await fetch('validate', { method: 'POST', body: new URLSearchParams(fields) })${asJSON}
  if (!success) return`,
    { 'POST /validate': () => ({ body: { success: true, errors: [] } }) },
  ),
  /** The characters of an image are looked at by a GET call, and then sent along with the form. */
  'checked-by-get': formAfter(
    `const { success } = await fetch('check?code=' + encodeURIComponent(token))${asJSON}
  if (!success) return show(false)`,
    {
      'GET /check': (visit) => {
        const success = visit.verify(visit.query.get('code') ?? '')
        return { headers: signedIn(success), body: { success } }
      },
    },
  ),
  /** Puts the characters of an image in capitals. */
  capitals: formAfter(
    `const field = form.elements['${tokenField}']
  field.value = field.value.toUpperCase()`,
    {},
    (token) => token.toLowerCase(),
  ),
  axios: spelled(`(value) => encodeURIComponent(value).replace(/%3A/gi, ':').replace(/%24/g, '$').replace(/%2C/gi, ',')
    .replace(/%20/g, '+').replace(/%5B/gi, '[').replace(/%5D/gi, ']')`),
  'encode-uri': spelled('encodeURI'),
  /** All by GET, its captcha, too. */
  'get-call': site(leaving(`fetch('login?${tokenField}=' + token)`), {
    'GET /login': (visit) => succeeds(tokenIn(visit), visit),
  }),
  'v3-in-body': besides('', 'recaptchaToken: other()'),
  'v3-in-header': besides(`'x-recaptcha-token': other()`, ''),
} satisfies Record<string, Site>
