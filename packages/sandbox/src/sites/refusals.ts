/** What sites say when they refuse a captcha, and when they refuse something else. */
import type { Reply } from '../loopback.ts'
import { again, answering, onwards } from './answers.ts'
import { asJSON, call, site } from './calls.ts'
import { loginPage, page, welcome } from './login.ts'
import { isSignedIn, signedIn } from './session.ts'
import type { Site } from './site.ts'
import { tokenIn } from './token.ts'

const dashboard = onwards('dashboard')

/** The form once more, with its captcha; `message` says what was wrong. */
const formWith = (message: string, status = 200): Reply => ({
  status,
  body: loginPage(
    'login',
    `<p class="error">${message}</p>
<div class="g-recaptcha" data-sitekey="6LeIxAcTAAAAAJcZVRqyHh71UMIEGNQ_MXjiZKhI"></div>`,
  ),
})

const messages = (wrong: 'name' | 'captcha') => `<span class="${wrong}">
<span data-of="name">That username is already taken.</span>
<span data-of="captcha">The captcha is incorrect.</span></span>`
const styles = '[data-of] { display: none } .name [data-of=name], .captcha [data-of=captcha] { display: block }'
const styled = (wrong: 'name' | 'captcha') => `<link rel="stylesheet" href="errors.css">${messages(wrong)}`

const warning = 'Wrong captcha: please try again.'
const warnedOf = (message: string) => formWith(`${warning}</p><p class="error">${message}`)

const nothingFound = {
  body: page('Search', '<form method="post" action="login"><button id="again" type="submit">Once more</button></form>'),
}

const wall = {
  status: 403,
  headers: { 'cf-mitigated': 'challenge' },
  body: page('Just a moment...', '<h1>Verify you are human</h1>'),
}

/** A good captcha is not what it lacks, a bad one is refused in words. */
const otherwise = (message: string, status?: number) => answering(formWith(message, status))

/** A bad token's call is answered by this. */
const refusing = (body: object, status = 200): Site =>
  site(
    `const response = await ${call()}
  const { success } = await response.json()
  if (success) location = 'dashboard'
  else show(false)`,
    {
      'POST /login': (visit) =>
        visit.verify(tokenIn(visit)) ? { body: { success: true } } : { status, body: { success: false, ...body } },
    },
  )

export const refusals = {
  'says-german': answering(dashboard, formWith('Das Captcha wurde nicht korrekt eingegeben.')),
  'says-in-url': answering(dashboard, onwards('./?error=captcha_failed')),
  'says-code': refusing({ 'error-codes': ['timeout-or-duplicate'] }),
  'says-message': refusing(
    { errors: [{ path: 'captcha', message: 'The reCAPTCHA was invalid. Go back and try it again.' }] },
    422,
  ),
  /** The form is there again, with an error that may be about anything, … */
  'says-nothing': answering(dashboard, formWith('Please check what you entered.')),
  /** … or the call tells no more than that it failed. */
  'says-failure': refusing({}),
  /** Every message stands in the page, and a style sheet shows the one that applies. */
  'says-by-style': answering(formWith(styled('name')), formWith(styled('captcha')), {
    'GET /errors.css': { headers: { 'content-type': 'text/css' }, body: styles },
  }),
  /** The same, in what a script inserts into its page. */
  'says-by-style-to-a-call': site(
    `document.head.insertAdjacentHTML('beforeend', '<style>${styles}</style>')
  const response = await ${call()}
  form.insertAdjacentHTML('beforebegin', await response.text())`,
    { 'POST /login': (visit) => ({ body: messages(visit.verify(tokenIn(visit)) ? 'name' : 'captcha') }) },
  ),
  'names-both': otherwise('Username and captcha do not match.'),
  /** Only the first search asks for a captcha, and refuses it without a word. */
  'asks-once': answering(dashboard, again, {
    'POST /login': (visit) => (tokenIn(visit) === '' || visit.verify(tokenIn(visit)) ? dashboard : nothingFound),
  }),
  /** The form always says this. */
  warns: answering(warnedOf('That username is already taken.'), warnedOf('The captcha is incorrect.'), {
    'GET /': formWith(warning),
  }),
  'taken-name': otherwise('That username is already taken.'),
  'expired-form': otherwise('Your session has expired. Please submit the form again.', 419),
  'rate-limited': otherwise('Too many attempts. Please try again later.'),
  'vendor-outage': otherwise('The captcha service could not be reached. Please try again later.'),
  /** Takes what is sent into a queue, and tells the outcome when it is sent once more. */
  queued: site(
    `const answer = await ${call()}${asJSON}
  if ('success' in answer) return show(answer.success)
  form.insertAdjacentHTML('afterbegin', '<p id="queued">One moment, please.</p>')`,
    {
      'POST /login': (visit) => {
        const outcome = /outcome=(true|false)/.exec(visit.headers.cookie ?? '')?.[1]
        if (outcome) return { body: { success: outcome === 'true' } }
        return { headers: { 'set-cookie': `outcome=${visit.verify(tokenIn(visit))}` }, body: { queued: true } }
      },
    },
  ),
  /** The script shows the dashboard whatever the answer is, asks who is signed in, and goes back if nobody is. */
  'guards-itself': site(
    `await ${call()}
  history.pushState('', '', 'dashboard')
  const { user } = await (await fetch('session')).json()
  if (!user) history.replaceState('', '', '.')`,
    {
      'POST /login': (visit) => ({ headers: signedIn(visit.verify(tokenIn(visit))), body: {} }),
      'GET /session': (visit) => ({ delay: 600, body: isSignedIn(visit) ? { user: 'ada' } : {} }),
    },
  ),
  /** The server does not show the dashboard, at its own URL, … */
  'guards-by-status': answering(dashboard, dashboard, {
    'POST /login': (visit) => ({
      ...dashboard,
      headers: { ...dashboard.headers, ...signedIn(visit.verify(tokenIn(visit))) },
    }),
    'GET /dashboard': (visit) =>
      isSignedIn(visit) ? { body: welcome } : { status: 403, body: page('No', '<h1>No</h1>') },
  }),
  /** … or leads back to the form, whose URL names the dashboard. */
  'leads-back': answering(dashboard, onwards('./?next=/dashboard'), {
    'GET /': { body: loginPage('login') },
  }),
  /** A wall in front of the site asks instead of the site: the site never saw the token, … */
  'wall-in-front': answering(wall, wall),
  /** … or asks before the dashboard is shown, and lets pass whoever loads it once more. */
  'wall-behind': answering(dashboard, again, {
    'GET /dashboard': ({ headers }) =>
      headers.cookie?.includes('clearance=')
        ? { body: welcome }
        : {
            status: 403,
            headers: { ...wall.headers, 'set-cookie': 'clearance=fresh' },
            body: `${wall.body}<script>setTimeout(() => location.reload(), 100)</script>`,
          },
  }),
} satisfies Record<string, Site>
