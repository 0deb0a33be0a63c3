import { type ObservedRequest, passive } from './source.ts'
import type { SubmissionOptions } from './watch-options.ts'

/** Where a request carries what makes it the submission, or `undefined` when it does not. */
export type Recogniser = (
  request: ObservedRequest,
) => 'body' | 'url' | 'headers' | 'fields' | 'submittedWhen' | undefined

/** By the best that the user told. */
export function recogniserOf({
  token,
  submittedWhen,
}: Pick<SubmissionOptions, 'submittedWhen'> & { readonly token?: string | undefined }): Recogniser {
  return token ? byToken(token) : submittedWhen ? byPredicate(submittedWhen) : byFields
}

/** A shorter token (an image CAPTCHA's answer, such as "7") is only ever the whole value of a field. */
export const shortestUnique = 16

/** They repeat what an earlier request carried: the URL of the page, or the session. */
const echoes = new Set(['referer', 'cookie'])

export function byToken(token: string): Recogniser {
  if (token.length < shortestUnique)
    return (request) => (isForm(request) ? holding(request, (_, value) => value === token) : undefined)
  const forms = spellings(token)
  const carries = (text: string) => {
    if (!forms.some((form) => text.includes(form))) return false
    // A token may have a URL in itself.
    const marked = forms.reduce((marked, form) => marked.replaceAll(form, mark), text)
    return marked.replace(quotedUrl, '').includes(mark)
  }
  return (request) => {
    if (carries(sentOf(request.url))) return 'url'
    if (passive.has(request.resourceType)) return undefined
    if (request.body !== undefined && carries(request.body)) return 'body'
    for (const [name, value] of Object.entries(request.headers)) {
      if (!echoes.has(name) && carries(value)) return 'headers'
    }
    return undefined
  }
}

/**
 * A URL as a value, or what it has after the host: analytics tell where the page is, and a form by GET leaves its token
 * there. It ends with the string in JSON, else with the field.
 */
const quotedUrl =
  /"https?:(?:\\?\/){2}[^"]*|^https?:.*|https?(?::|%3A)(?:\/|%2F){2}(?:(?!%22)[^&\s"])*|^\/.*|(?<=[:[,]\s*\\*)"(?:\\*\/|\?)[^"]*|=(?:[/?]|%2F|%3F)(?:(?!%22)[^&\s"])*/gi

/** In place of the token. */
const mark = '\0'

/** Of a URL, what goes to the server but for who that is. */
const sentOf = (url: string) => url.replace(/^https?:\/\//, '').split('#', 1)[0] ?? ''

/** Whether a text has this token in it, in any spelling. A short one is no secret, and may be in any. */
export function holdsToken(token: string): (text: string) => boolean {
  if (token.length < shortestUnique) return () => false
  const forms = spellings(token)
  return (text) => forms.some((form) => text.includes(form))
}

/** Of what else has short values in its URL (`?page=7`), hardly anything is a form. */
const isForm = (request: ObservedRequest) => request.isNavigation || request.body !== undefined

export function byPredicate(submittedWhen: (request: ObservedRequest) => boolean): Recogniser {
  return (request) => {
    try {
      return submittedWhen(request) === true ? 'submittedWhen' : undefined
    } catch {
      return undefined
    }
  }
}

const wellKnownFields = new Set(['g-recaptcha-response', 'h-captcha-response', 'cf-turnstile-response'].map(plain))
/** Analytics tell of such a field too, with what they put in place of its value: `***`, `[hidden]`, `true`. */
const tokenLike = /^[\w.-]{16,}$/
/** The tokens of reCAPTCHA, hCaptcha and Turnstile, as they look at the time of writing. */
const wellKnownShapes = [/^0[3c][A-Za-z0-9_-]{200,}$/, /^[A-Z]\d_[A-Za-z0-9._-]{200,}$/, /^[01]\.[A-Za-z0-9._-]{200,}$/]
/** The CAPTCHA's own traffic carries such values without submitting anything. */
export const vendors =
  /^https:\/\/(?:[\w-]+\.)*(?:google\.com\/recaptcha|recaptcha\.net|hcaptcha\.com|challenges\.cloudflare\.com)\b/

/** By what users of solvers submit everywhere: a field of a well-known name, or a value shaped like a token. */
export const byFields: Recogniser = (request) => {
  if (passive.has(request.resourceType) || vendors.test(request.url)) return undefined
  return holding(request, isCaptchas)
}

/** Whether a request that takes this token along takes another one, too. */
export function takesAnotherAlong(request: ObservedRequest, token: string): boolean {
  return holding(request, (name, value) => value !== token && isCaptchas(name, value)) !== undefined
}

const isCaptchas = (name: string, value: string) =>
  (wellKnownFields.has(plain(name)) && tokenLike.test(value)) || wellKnownShapes.some((shape) => shape.test(value))

/** The names of the fields that hold just this value, each where it is the only one of its name. */
export function namesOf(value: string, request: ObservedRequest): readonly string[] {
  const all = [...fields(request)]
  return all.flatMap(([name, held]) =>
    held === value && all.filter(([other]) => other === name).length === 1 ? [name] : [],
  )
}

/** Whether a request has another value than this in such a field, but for what analytics put there. */
export const hasAnother = (value: string, names: ReadonlySet<string>, request: ObservedRequest) =>
  holding(request, (name, held) => names.has(name) && held !== value && /^[\p{L}\d]/u.test(held)) !== undefined

/** `gRecaptchaResponse`, `g_recaptcha_response` and `g-recaptcha-response` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

function holding(request: ObservedRequest, test: (name: string, value: string) => boolean): 'fields' | undefined {
  for (const [name, value] of fields(request)) if (test(name, value)) return 'fields'
  return undefined
}

function* fields({ url, body }: ObservedRequest): Generator<readonly [name: string, value: string]> {
  yield* URL.parse(url)?.searchParams ?? []
  if (!body) return
  const start = body.trimStart()
  if (start.startsWith('{') || start.startsWith('[')) {
    yield* leaves('', parseJson(body))
  } else if (start.startsWith('--')) {
    for (const [, name = '', value = ''] of body.matchAll(/name="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n([\s\S]*?)\r\n--/g)) {
      yield [name, value]
    }
  } else {
    yield* new URLSearchParams(body)
  }
}

function* leaves(name: string, value: unknown): Generator<readonly [name: string, value: string]> {
  if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) yield* leaves(key, inner)
  } else if (typeof value === 'string' || typeof value === 'number') {
    yield [name, String(value)]
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The token as it may stand in a request: raw, percent-encoded in the usual ways, escaped in JSON. */
function spellings(token: string): readonly string[] {
  const encoded = [encodeURIComponent(token), new URLSearchParams({ t: token }).toString().slice(2)]
  const lowerCase = encoded.map((text) => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))
  const json = JSON.stringify(token).slice(1, -1)
  return [...new Set([token, ...encoded, ...lowerCase, json, json.replaceAll('/', '\\/')])]
}
