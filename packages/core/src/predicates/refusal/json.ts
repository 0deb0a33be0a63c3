/** Finds refusals in JSON: under which keys a text is a message, and what about. */

import { inHtml } from './html.ts'
import { codeIn, isCode, type Refusal, spokenIn, type Whole } from './message.ts'
import { captchaField, decoded, isOfField } from './visible-text.ts'

const jsonStart = /^\s*(?:\)\]\}',?\s*|(?:for|while)\s*\((?:;;|1)\);?\s*|(?:\/\*\*\/\s*)?[\w.$]+\s*\(\s*)?(?=[{["])/

export function parsed(text: string): unknown {
  const prefix = jsonStart.exec(text)?.[0]
  if (prefix === undefined) return undefined
  const end = prefix.trimEnd().endsWith('(') ? text.lastIndexOf(')') : text.length
  try {
    return JSON.parse(text.slice(prefix.length, end)) as unknown
  } catch {
    return undefined
  }
}

/** A value's position in JSON. */
interface Place {
  readonly key: string
  readonly depth: number
  /** Whether an enclosing object says that something failed. */
  readonly isFailed: boolean
  /** Whether it is under a key such as `errors`. */
  readonly isError: boolean
  /** Whether it is about the captcha's field. */
  readonly isField: boolean
}

export const start: Place = { key: '', depth: 0, isFailed: false, isError: false, isField: false }

/** Errors are not nested more deeply. */
export const deepestValue = 40

const errorKey = /error|^err|[_-]err|[a-z]Err|invalid|violation|fail|(?<!de)fault|exception|problem|reject/i
const messageKey =
  /(?:msg|messages?|messagestr|codes?|reasons?|details?|alerts?|notices?|warnings?|flash|feedback|toast|status)$/i
/** Keys of all kinds of text, which is a message only if something failed. */
const failureKey = /^(?:title|type|result|response|text|data|html|content|description|info|body|output|name)$/i
/** Keys of translations, forms or other people's texts. */
const foreignKey =
  /^(?:i18n|l10n|locales?|lang|languages?|translations?|strings|dictionary|labels?|texts|phrases|lexicon|ui|\w*(?:config|configuration|settings)|schema|properties|rules|props|validators?|templates?|placeholders?|results|items|posts|comments|articles|hits|products|entries|records|rows|edges|nodes|threads|topics|questions|faqs?|docs|documents|notifications|logs?|history|events?|tests?|required)$/i
/** Keys about the captcha's settings, not about the token. */
const captchaSetting =
  /requir|need|enabl|disabl|url|image|img|html|src|site|config|provider|type|version|secret|[_-]id$|captchaid$/i
const fieldKey =
  /^(?:field|param|path|propertypath|property|name|source|pointer|loc|location|attribute|fieldname|input|control|instancepath|target|into)$/i

export function* inJson(value: unknown, place: Place, whole: Whole): Generator<Refusal> {
  if (place.depth > deepestValue) return
  if (Array.isArray(value)) {
    const isList = value.every((item) => typeof item === 'string')
    const inner = { ...place, depth: place.depth + 1, isFailed: place.isFailed || (isList && place.isField) }
    for (const item of value) yield* inJson(item, inner, whole)
  } else if (typeof value === 'object' && value !== null) {
    yield* inObject(Object.entries(value), place, whole)
  } else if (typeof value === 'string') {
    yield* inString(value, place, whole)
  }
}

function* inObject(entries: readonly (readonly [string, unknown])[], place: Place, whole: Whole): Generator<Refusal> {
  if (entries.some(([key, value]) => isWordOfSuccess(key, value))) return
  const isFailed = entries.some(([key, value]) => isFailure(key, value))
  if (!isFailed && !place.isError && entries.some(([key, value]) => isSuccess(key, value))) return
  const isField = entries.some(([key, value]) => fieldKey.test(key) && namesCaptcha(key, value))
  for (const [key, value] of entries) {
    const isOfCaptcha = captchaField.test(key)
    if (foreignKey.test(key) || (isOfCaptcha && captchaSetting.test(key))) continue
    if (isRefusingFlag(place.key, key, value))
      yield { text: `${place.key} ${key}`, says: `"captcha … ${String(value).toLowerCase()}"` }
    yield* inJson(
      value,
      {
        key,
        depth: place.depth + 1,
        isFailed: place.isFailed || isFailed || errorKey.test(key),
        isError: place.isError || errorKey.test(key),
        isField: isOfField(key) || (place.isField && !Array.isArray(value)) || isField,
      },
      whole,
    )
  }
}

/** Whether it is the name of the captcha's field, and not the path of a URL. */
const namesCaptcha = (key: string, value: unknown) =>
  !(typeof value === 'string' && value.includes('/') && !/pointer|instancepath/i.test(key)) &&
  isOfField(JSON.stringify(value).slice(0, 200))

/** An object that also has the message for success lists messages for later use. */
const isWordOfSuccess = (key: string, value: unknown) =>
  /success|(?<!in)valid$/i.test(key) && typeof value === 'string' && !/^(?:true|false|\d*)$/i.test(value)

const isFailure = (key: string, value: unknown) =>
  (/^(?:success|ok|valid|succeeded|is_?success|is_?valid)$/i.test(key) &&
    (value === false || value === 0 || value === 'false')) ||
  (/^(?:error|is_?error|has_?errors?|failed)$/i.test(key) && value === true) ||
  (/^(?:status|result|state|level|type|severity|kind|outcome)$/i.test(key) &&
    /^(?:err|error|fail|failed|failure|danger|invalid|validation_failed|mail_failed|spam|ng)$/i.test(String(value))) ||
  (/^(?:status|status_?code|http_?status|code)$/i.test(key) && Number(value) >= 400 && Number(value) < 500)

const isSuccess = (key: string, value: unknown) =>
  (/^(?:success|ok|valid|succeeded|is_?success|is_?valid)$/i.test(key) && (value === true || value === 'true')) ||
  (/^(?:status|result|state|outcome)$/i.test(key) && /^(?:success|ok|passed|succeeded|mail_sent)$/i.test(String(value)))

/** `captchaValid: false`, `captcha: { success: false }`, and the flags of reCAPTCHA Enterprise and Arkose. */
function isRefusingFlag(parent: string, key: string, value: unknown): boolean {
  if (key === 'invalidReason')
    return /^(?:MALFORMED|EXPIRED|DUPE|BROWSER_ERROR|UNKNOWN_INVALID_REASON)$/.test(String(value))
  if (value !== false) return false
  const isOfCaptcha = captchaField.test(key) || captchaField.test(parent)
  return (
    (isOfCaptcha && /(?:(?<!in)valid|success|passed|(?<!in)correct)$/i.test(key)) ||
    (parent === 'session_details' && key === 'solved')
  )
}

function* inString(text: string, place: Place, whole: Whole): Generator<Refusal> {
  const { key, isError, isFailed, isField } = place
  if (/^\s*[{[]/.test(text)) {
    const json = parsed(text)
    if (json !== undefined) return yield* inJson(json, { ...place, depth: place.depth + 10 }, whole)
  }
  const isMessage = isError || messageKey.test(key) || isField || (failureKey.test(key) && isFailed)
  if (/<[a-z!]/i.test(text))
    return yield* inHtml(text, isError || (isMessage && isFailed) ? 'error' : isMessage ? 'message' : 'text', whole)
  if (!isMessage && key !== '') return
  const isFieldError = isField && (isError || isFailed)
  const says =
    isCode(text) && !isFieldError
      ? codeIn(text, errorKey.test(key))
      : spokenIn(decoded(text), { ...whole, isKnown: () => false, isField: isFieldError, isAsked: isFieldError })
  if (says !== undefined) yield { text, says }
}
