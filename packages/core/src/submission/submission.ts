import { assetTypes, type ObservedRequest, type SentRequest } from '../page/source.ts'
import type { SubmissionOptions } from '../watch/watch-options.ts'
import { marking, shortestUnique, tokenMark } from './token-text.ts'

/** Where a request carries the token, or that `submittedWhen` holds. */
export interface Carriage {
  readonly where: 'body' | 'url' | 'headers' | 'cookie' | 'fields' | 'submittedWhen'
  /** The field, if it holds a copy of what was typed, as session recorders, checkouts and drafts send. */
  readonly copy?: string | undefined
  /** Whether `submittedWhen` holds, but the token is missing. */
  readonly lacksToken?: boolean
}

/** What makes a request the submission; `undefined` if it is another request. */
export type Recogniser = (request: ObservedRequest) => Carriage | undefined

/** By `token` and `submittedWhen`: if the user passes both, both must hold. With neither, by well-known fields. */
export function recogniserOf({
  token,
  submittedWhen,
}: Pick<SubmissionOptions, 'submittedWhen'> & { readonly token?: string | undefined }): Recogniser {
  if (!token) return submittedWhen ? byPredicate(submittedWhen) : byFields
  const carries = byToken(token)
  if (!submittedWhen) return carries
  const isMeant = byPredicate(submittedWhen)
  return (request) => isMeant(request) && { where: 'submittedWhen', lacksToken: carries(request) === undefined }
}

/** Headers that repeat what an earlier request carried: the page's URL, or the session. */
const echoes = new Set(['referer', 'cookie'])

export function byToken(token: string): Recogniser {
  if (token.length < shortestUnique) {
    const isToken = (_: string, value: string) => value.toLowerCase() === token.toLowerCase()
    return (request) => {
      if (mayHoldShort(request, token) && holding(request, isToken)) return { where: 'fields' }
      const isHeader = isTelling(token) && Object.values(request.headers).some((value) => isToken('', value))
      return isHeader ? { where: 'headers' } : undefined
    }
  }
  const marked = marking(token)
  // Marked before URLs are removed, because a token may contain one.
  const carries = (text: string) => marked(text)?.replace(quotedUrl, '').includes(tokenMark)
  return (request) => {
    const { url, body, headers, resourceType } = request
    if (carries(sentOf(url))) return { where: 'url', copy: copyIn(request, marked) }
    if (assetTypes.has(resourceType)) return undefined
    if (body !== undefined && carries(body)) return { where: 'body', copy: copyIn(request, marked) }
    for (const [name, value] of Object.entries(headers)) {
      if (!echoes.has(name) && carries(value)) return { where: 'headers' }
    }
    return undefined
  }
}

/**
 * A value that is a URL, with or without its host: after a GET form, analytics send the page's, with the token. It ends
 * with its JSON string or field.
 */
const quotedUrl =
  /"https?:(?:\\?\/){2}[^"]*|^https?:.*|https?(?::|%3A)(?:\/|%2F){2}(?:(?!%22)[^&\s"])*|^\/.*|(?<=[:[,]\s*\\*)"(?:\\*\/|\?)[^"]*|=(?:[/?]|%2F|%3F)(?:(?!%22)[^&\s"])*/gi

/** A URL without its scheme, so that it is not itself a `quotedUrl`, and without its fragment, which is never sent. */
const sentOf = (url: string) => url.replace(/^https?:\/\//, '').split('#', 1)[0] ?? ''

/** Whether a request may carry a short token. In the URL of a call (`?page=7`), it needs 4 characters, or 5 digits. */
const mayHoldShort = ({ isNavigation, body, resourceType }: ObservedRequest, token: string) =>
  isNavigation || body !== undefined || (!assetTypes.has(resourceType) && isTelling(token))

const isTelling = (short: string) => short.length >= (/\D/.test(short) ? 4 : 5)

/** Names of fields in which pages send whatever was typed, or their own HTML. */
const ofTyping = /^(?:text|value|content|html|inner\w+|textContent|snapshot|new_?value)$/i
/** HTML that contains the token, or a serialised form. */
const typed = new RegExp(`<\\w|(?:^|&)[^=&\\s]+=${tokenMark}(?:&|$)`)
const ofCaptcha = /captcha|token|turnstile|challenge|response|verif|robot|human|code|answer|solution/i

/** The field, if a request has the token only in copies of what was typed; `undefined` if it has it elsewhere, too. */
function copyIn(request: ObservedRequest, marked: ReturnType<typeof marking>): string | undefined {
  let copy: string | undefined
  for (const [name, value, path] of fields(request)) {
    const text = marked(value)
    if (text === undefined) continue
    const isTyped = text.trim() === tokenMark ? ofTyping.test(name) && !ofCaptcha.test(path) : typed.test(text)
    if (!isTyped) return undefined
    copy = name
  }
  return copy
}

export function byPredicate(submittedWhen: (request: SentRequest) => boolean): Recogniser {
  return ({ url, method, headers, body, resourceType, native, isNavigation }) => {
    // `isNavigation` is no longer in the type, but users' rules still read it.
    const request = { url, method, headers, body, resourceType, native, isNavigation }
    try {
      return submittedWhen(request) === true ? { where: 'submittedWhen' } : undefined
    } catch {
      return undefined
    }
  }
}

const wellKnownFields = new Set(['g-recaptcha-response', 'h-captcha-response', 'cf-turnstile-response'].map(plain))
/** Excludes the placeholders with which analytics report such a field: `***`, `[hidden]`, `true`. */
const tokenLike = /^[\w.-]{16,}$/
/** The tokens of reCAPTCHA, hCaptcha and Turnstile, as they look at the time of writing. */
const wellKnownShapes = [/^0[3c][A-Za-z0-9_-]{200,}$/, /^[A-Z]\d_[A-Za-z0-9._-]{200,}$/, /^[01]\.[A-Za-z0-9._-]{200,}$/]
/** The CAPTCHA vendors' own requests carry such values without submitting anything. */
export const vendors =
  /^https:\/\/(?:[\w-]+\.)*(?:google\.com\/recaptcha|recaptcha\.net|hcaptcha\.com|challenges\.cloudflare\.com)\b/

/** By what the common captchas submit on every site: a field with a well-known name, or a value shaped like a token. */
export const byFields: Recogniser = (request) => {
  if (assetTypes.has(request.resourceType) || vendors.test(request.url)) return undefined
  return holding(request, isCaptchas) ? { where: 'fields' } : undefined
}

/** The values of all fields of a request, and the first that is a captcha's token by its name or shape. */
export function valuesIn(request: Sent) {
  const all = fields(request)
  const token = all.find(([name, value]) => isCaptchas(name, value))?.[1]
  return { values: all.map(([, value]) => value), token }
}

/** The names of the fields in which a request carries other captchas' tokens, or the answer to a picture. */
export const companionsOf = (request: ObservedRequest, token: string): readonly string[] =>
  fields(request).flatMap(([name, value]) => {
    const isPictures = token.length >= shortestUnique && ofPicture.test(name) && pictureLike.test(value)
    return value !== token && (isPictures || isCaptchas(name, value)) ? [name] : []
  })

const ofPicture = /captcha(?![-_]?(?:id|key|type|version|provider|action|mode|lang))/i
const pictureLike = /^[\p{L}\d]{3,8}$/u

const isCaptchas = (name: string, value: string) =>
  (wellKnownFields.has(plain(name)) && tokenLike.test(value)) || wellKnownShapes.some((shape) => shape.test(value))

/** The names of the fields and headers that hold exactly this value, except names that occur more than once. */
export function namesOf(value: string, request: ObservedRequest): readonly string[] {
  const all = named(request)
  return all.flatMap(([name, held]) =>
    held === value && all.filter(([other]) => other === name).length === 1 ? [name] : [],
  )
}

/** Whether a request has another value under one of these names. Placeholders (`***`) don't count. */
export const hasAnother = (value: string, names: ReadonlySet<string>, request: ObservedRequest) =>
  named(request).some(([name, held]) => names.has(name) && held !== value && /^[\p{L}\d]/u.test(held))

const named = (request: ObservedRequest): readonly (readonly [name: string, value: string])[] => [
  ...fields(request).map(([name, value]) => [name, value] as const),
  ...Object.entries(request.headers).map(([name, value]) => [`${name}:`, value] as const),
]

/** Whether a request has another code than this value: one by SMS or from an app, of a card, of a voucher. */
export const hasOtherCode = (value: string, request: ObservedRequest) =>
  fields(request).some(([name, held]) => held !== '' && held.toLowerCase() !== value.toLowerCase() && ofCode.test(name))

const ofCode =
  /code|codigo|código|codice|kod|yzm|sms|otp|2fa|tfa|mfa|factor|authenticator|cvv|cvc|csc|_cid|card|voucher|coupon|(?:^|[-_])pin(?:$|[-_])|Pin$/i

/** Fields that say what a request is for. One address may both check a form and take it. */
const ofPurpose =
  /^(?:action|method|op|operation\w*|cmd|command|event|do|mode|step|stage|task|intent|dry_?run|valid\w*|submit)$/i

/** What stays the same in a repeated request: method, URL, short query values, names of fields, and its purpose. */
export function shapeOf(request: ObservedRequest, token: string | undefined): string {
  const isTelling = (value: string) => value.length < 48 && value !== token && !/\d{6}/.test(value)
  const query = [...(URL.parse(request.url)?.searchParams ?? [])].map(
    ([name, value]) => `${name}=${isTelling(value) ? value : ''}`,
  )
  const names = new Set(
    fields(request).map(([name, value]) => (ofPurpose.test(name) && isTelling(value) ? `${name}=${value}` : name)),
  )
  return [request.method, request.url.split(/[?#]/, 1)[0], ...query, ...names].join(' ')
}

/** `gRecaptchaResponse`, `g_recaptcha_response` and `g-recaptcha-response` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

const holding = (request: ObservedRequest, test: (name: string, value: string) => boolean) =>
  fields(request).some(([name, value]) => test(name, value))

type Sent = Pick<ObservedRequest, 'url' | 'body'>

type Field = readonly [name: string, value: string, path: string]

/** All fields of a request: of its URL, and of its body as a form, multipart or JSON. A field may hold JSON, too. */
function fields({ url, body }: Sent): readonly Field[] {
  const found: Field[] = []
  const add = (name: string, value: string, path = name) => {
    const json = /^\s*[[{]/.test(value) ? parseJson(value) : undefined
    if (json === undefined) found.push([name, value, path])
    else addLeaves(name, json, path)
  }
  const addLeaves = (name: string, value: unknown, path: string): void => {
    if (isPair(value)) add(value.name, value.value, `${path}.${value.name}`)
    else if (typeof value === 'object' && value !== null) {
      const names = Array.isArray(value) ? () => name : (key: string) => key
      for (const [key, inner] of Object.entries(value)) addLeaves(names(key), inner, `${path}.${key}`)
    } else if (value !== undefined && value !== null) {
      add(name, String(value), path)
    }
  }
  for (const [name, value] of URL.parse(url)?.searchParams ?? []) add(name, value)
  if (!body) return found
  const start = body.trimStart()
  if (start.startsWith('{') || start.startsWith('[')) {
    addLeaves('', parseJson(body), '')
  } else if (start.startsWith('--')) {
    for (const [, name = '', value = ''] of body.matchAll(/name="([^"]*)"\r\n(?:[^\r\n]+\r\n)*\r\n([\s\S]*?)\r\n--/g))
      add(name, value)
  } else if (/^[^=&\n]*=[^&\n]*\n/.test(start)) {
    // A form as `text/plain`, or a call with typed parameters (`c0-param0=string:7`).
    for (const [, name = '', value = ''] of body.matchAll(/^([^=\n]*)=(?:[a-z]+:)?([^\r\n]*)/gim)) add(name, value)
  } else {
    for (const [name, value] of new URLSearchParams(body)) add(name, value)
  }
  return found
}

/** A field as jQuery's `serializeArray()` encodes it. */
const isPair = (value: unknown): value is { readonly name: string; readonly value: string } => {
  const { name, value: held } = Object(value)
  return typeof name === 'string' && typeof held === 'string' && Object.keys(value as object).length === 2
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
