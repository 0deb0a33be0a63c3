/** Recordings that no browser made: a login at a shop, and how the shop answered. */
export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | object
  /** Where the page is led, and what is shown there. */
  readonly leadsTo?: { readonly to: string; readonly body: string }
}

export const wrongCaptcha = '<h1>Sign in</h1><p class="error">Wrong captcha, please try again.</p>'

const epoch = Date.UTC(2026, 0, 1)
let visits = 0

/**
 * @param user - the name that is typed.
 * @param isCall - a script sends it, in place of a form.
 * @param sends - the body, in place of one with a token.
 */
export function madeUpVisit(
  { status = 200, headers = {}, body = '', leadsTo }: Answer,
  { user = `user${visits}`, host = 'shop.example', field = 'g-recaptcha-response', isCall = false, sends = '' } = {},
) {
  const token = `03A${visits++}`.padEnd(400, 'made-up')
  const form = `https://${host}/login`
  const type = typeof body === 'object' ? 'application/json' : 'text/html'
  const entries = [
    entry(
      0,
      { method: 'GET', url: form },
      { status: 200, headers: {}, body: '<title>Sign in</title><h1>Sign in</h1>' },
    ),
    entry(
      1000,
      {
        method: 'POST',
        url: `https://${host}/session`,
        referer: form,
        text: sends || `username=${user}&${field}=${token}`,
        isCall,
      },
      {
        status: leadsTo ? 302 : status,
        headers: { 'content-type': type, ...headers, ...(leadsTo && { location: leadsTo.to }) },
        body: typeof body === 'object' ? JSON.stringify(body) : body,
      },
    ),
    ...(leadsTo
      ? [
          entry(
            1100,
            { method: 'GET', url: new URL(leadsTo.to, form).href, referer: form },
            { status: 200, headers: {}, body: leadsTo.body },
          ),
        ]
      : []),
  ]
  return { log: { version: '1.2', creator: { name: 'made up', version: '1' }, entries } }
}

function entry(
  at: number,
  {
    method,
    url,
    referer,
    text,
    isCall = false,
  }: { method: string; url: string; referer?: string; text?: string; isCall?: boolean },
  { status, headers, body }: { status: number; headers: Readonly<Record<string, string>>; body: string },
) {
  const pairs = (of: Readonly<Record<string, string>>) => Object.entries(of).map(([name, value]) => ({ name, value }))
  return {
    startedDateTime: new Date(epoch + at).toISOString(),
    time: 50,
    timings: { send: 0, wait: 40, receive: 10 },
    request: {
      method,
      url,
      headers: pairs({ accept: isCall ? '*/*' : 'text/html', ...(referer && { referer }) }),
      ...(text && { postData: { mimeType: 'application/x-www-form-urlencoded', text } }),
    },
    response: {
      status,
      headers: pairs({ 'content-type': 'text/html', ...headers }),
      content: { mimeType: 'text/html', size: body.length, text: body },
      redirectURL: 'location' in headers ? headers.location : '',
    },
  }
}
