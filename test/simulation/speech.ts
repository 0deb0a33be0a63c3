/** What sites say when they refuse: each outcome in words and in a code, as frameworks, plugins and vendors have them. */

/** Why a site refuses, or fails: the vendor's outage, its own, a broken connection. */
export type Refusal = 'captcha' | 'password' | 'taken' | 'expired' | 'rate limit' | 'outage' | 'down' | 'disconnected'

export type Outcome = 'success' | Refusal

export const sentences: Readonly<Record<Exclude<Refusal, 'down' | 'disconnected'>, readonly string[]>> = {
  captcha: [
    'Captcha verification failed.',
    'reCAPTCHA verification failed, please try again.',
    'The captcha you entered is incorrect.',
    'Error verifying reCAPTCHA, please try again.',
    'Please verify that you are not a robot.',
    'The captcha has expired. Please try again.',
    'Das Captcha wurde nicht korrekt gelöst.',
    'Le captcha est invalide.',
    'El captcha no es correcto.',
    'Captcha non valido.',
    'Капча введена неверно.',
    'Captcha inválido.',
  ],
  password: [
    'Incorrect user name or password.',
    'Invalid login, please try again.',
    'Benutzername oder Passwort falsch.',
  ],
  taken: ['That user name is already taken.', 'This e-mail address is invalid.', 'Dieser Name ist schon vergeben.'],
  expired: ['Your session has expired, please try again.', 'Invalid security token. Please reload the page.'],
  'rate limit': ['Too many attempts. Please try again later.', 'You are posting too fast.'],
  outage: ['Something went wrong, please try again later.', 'The captcha service could not be reached.'],
}

export const codes: Readonly<Record<Refusal, readonly unknown[]>> = {
  captcha: [
    'captcha',
    'invalid-input-response',
    'captcha_failed',
    'INVALID_CAPTCHA',
    { captcha: ['Incorrect, please try again.'] },
    'recaptcha_invalid',
    'timeout-or-duplicate',
  ],
  password: ['invalid_credentials', 'WRONG_PASSWORD', { password: ['Incorrect.'] }],
  taken: ['username_taken', { email: ['Invalid address.'] }],
  expired: ['csrf', 'session_expired', 'invalid_token'],
  'rate limit': ['rate_limited', 'too_many_requests'],
  outage: ['internal', 'try_again_later'],
  down: ['bad_gateway'],
  disconnected: ['none'],
}

/** By status alone; a site that tells captchas apart by status has 422 for them. */
export const statuses: Readonly<Record<Refusal, number>> = {
  captcha: 422,
  password: 401,
  taken: 409,
  expired: 403,
  'rate limit': 429,
  outage: 503,
  down: 502,
  disconnected: 502,
}

/** What a page says of captchas, whatever the outcome: labels, help, the words for all outcomes in a script. */
export const furniture = `<label for="c">Please solve the captcha</label>
<p class="help">This site is protected by reCAPTCHA. If the captcha fails, reload the page.</p>
<script>const messages = { captcha: 'The captcha was wrong, please try again.', expired: 'Captcha expired' }</script>`
