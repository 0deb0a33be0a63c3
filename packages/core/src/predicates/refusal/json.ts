/** Finds refusals in JSON: under which keys a text is a message, and what about. */

import { otherCause, possibleCauses } from './elsewhere.ts'
import { inHtml } from './html.ts'
import { codeIn, type Finding, findingsIn, isCode, longest, spokenIn, type Whole } from './message.ts'
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
  /** Whether it is in a list of strings only. */
  readonly isListed: boolean
}

export const start: Place = { key: '', depth: 0, isFailed: false, isError: false, isField: false, isListed: false }

/** Errors are not nested more deeply. */
export const deepestValue = 40

const errorKey = /error|^err|[_-]err|[a-z]Err|invalid|violation|fail|(?<!de)fault|exception|problem|reject/i
const messageKey =
  /(?:msg|messages?|messagestr|codes?|reasons?|details?|alerts?|notices?|warnings?|flash|feedback|toast|status)$/i
/** Keys of all kinds of text, which is a message only if something failed. */
const failureKey = /^(?:title|type|result|response|text|data|html|content|description|info|body|output|name)$/i
/** Keys of translations, forms or other people's texts. */
const foreignKey =
  /^(?:i18n|l10n|locales?|lang|languages?|translations?|strings|dictionary|labels?|texts|phrases|lexicon|ui|\w*(?:config|configuration|settings)|schema|properties|rules|props|validators?|templates?|placeholders?|results|items|posts|comments|articles|hits|products|entries|records|rows|edges|nodes|threads|topics|questions|faqs?|docs|documents|notifications|logs?|history|events?|tests?|required|possible\w*)$/i
/** Keys about the captcha's settings, not about the token. */
const captchaSetting =
  /requir|need|enabl|disabl|url|image|img|html|src|site|config|provider|type|version|secret|[_-]id$|captchaid$/i
/** What shows the next captcha. Flags beside it are the state of that one. */
const nextCaptcha = /^(?:id|key)$|_id$|captchaid$|image|img|svg|url|src|html|site_?key|challenge$|question|requir|need/i
const fieldKey =
  /^(?:field|param|path|propertypath|property|name|source|pointer|loc|location|attribute|fieldname|input|control|instancepath|target|into)$/i

export function* inJson(value: unknown, place: Place, whole: Whole): Generator<Finding> {
  if (place.depth > deepestValue) return
  if (Array.isArray(value)) {
    const items = value.map(entriesOf)
    if (!place.isError && (isBatch(items) || (!messageKey.test(place.key) && isForm(items)))) return
    const isList = value.every((item) => typeof item === 'string')
    // Flat data, as of React Router, lists the names of keys among the values.
    const isFlat = place.key === '' && items.some((entries) => entries.length > 0)
    const inner = {
      ...place,
      depth: place.depth + 1,
      isFailed: place.isFailed || (isList && place.isField),
      isListed: isList,
    }
    for (const item of value) if (!(isFlat && typeof item === 'string')) yield* inJson(item, inner, whole)
  } else if (typeof value === 'object' && value !== null) {
    yield* inObject(Object.entries(value), place, whole)
  } else if (typeof value === 'string') {
    yield* inString(value, place, whole)
  } else if (value === true && place.isError && !place.isField && !errorKey.test(place.key)) {
    yield { text: place.key }
  }
}

type Entries = readonly (readonly [key: string, value: unknown])[]

const entriesOf = (value: unknown): Entries =>
  typeof value === 'object' && value !== null ? Object.entries(value) : []

/** Several results in one answer, of which one is a success. */
const isBatch = (items: readonly Entries[]) => {
  const failed = items.filter((entries) =>
    entries.some(([key, value]) => isFailure(key, value) || (errorKey.test(key) && isFilled(value))),
  )
  const succeeded = items.filter((entries) =>
    entries.some(([key, value]) => isSuccess(key, value) || (/^(?:result|data)$/.test(key) && isFilled(value))),
  )
  return failed.length > 0 && succeeded.some((entries) => !failed.includes(entries))
}

const isFilled = (value: unknown) => Boolean(value) && (typeof value !== 'object' || entriesOf(value).length > 0)

/** Several fields, each with a message: a form that the server describes. */
const isForm = (items: readonly Entries[]) =>
  items.filter(
    (entries) =>
      entries.some(([key]) => fieldKey.test(key)) && (tells(entries, errorKey) || tells(entries, messageKey)),
  ).length > 1

/** The same by the fields' names. */
const isFormByName = (entries: Entries) =>
  entries.filter(([key, value]) => !errorKey.test(key) && tells(entriesOf(value), errorKey)).length > 1

const tells = (entries: Entries, keys: RegExp) =>
  entries.some(([key, value]) => keys.test(key) && typeof value === 'string' && value !== '')

function* inObject(entries: Entries, place: Place, whole: Whole): Generator<Finding> {
  if (entries.some(([key, value]) => isWordOfSuccess(key, value))) return
  const isFailed = entries.some(([key, value]) => isFailure(key, value))
  if (!isFailed && !place.isError && entries.some(([key, value]) => isSuccess(key, value))) return
  const isField = entries.some(([key, value]) => fieldKey.test(key) && namesCaptcha(key, value))
  if (!place.isError && isFormByName(entries)) return
  const isNext = entries.some(
    ([key, value]) => captchaField.test(place.key + key) && nextCaptcha.test(key) && Boolean(value),
  )
  const listsCauses = entries.some(
    ([, value]) => typeof value === 'string' && value.length <= longest && possibleCauses.test(value),
  )
  for (const [key, value] of [...entries, ...errorsOfPage(entries)]) {
    const isOfCaptcha = captchaField.test(key)
    if (foreignKey.test(key) || (isOfCaptcha && captchaSetting.test(key)) || (listsCauses && Array.isArray(value)))
      continue
    if (isRefusingFlag(place.key, key, value) && !isNext)
      yield {
        text: `${place.key} ${key}`,
        says: `"captcha … ${String(value).toLowerCase()}"`,
        isWeak: captchaField.test(place.key + key),
      }
    yield* inJson(
      value,
      {
        key,
        depth: place.depth + 1,
        isFailed: place.isFailed || isFailed || errorKey.test(key),
        isError: place.isError || errorKey.test(key),
        isField: isOfField(key) || (place.isField && !Array.isArray(value)) || isField,
        isListed: false,
      },
      whole,
    )
  }
}

/** The errors of a page by Inertia, see https://inertiajs.com/the-protocol#the-page-object */
const errorsOfPage = (entries: Entries): Entries =>
  ['component', 'url'].every((name) => entries.some(([key]) => key === name))
    ? entries
        .filter(([key]) => key === 'props')
        .flatMap(([, props]) => entriesOf(props))
        .filter(([key]) => key === 'errors')
    : []

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

function* inString(text: string, place: Place, whole: Whole): Generator<Finding> {
  const { key, isError, isFailed, isField, isListed } = place
  if (/^\s*[{[]/.test(text)) {
    const json = parsed(text)
    if (json !== undefined) return yield* inJson(json, { ...place, depth: place.depth + 10 }, whole)
  }
  const isMessage = isError || messageKey.test(key) || isField || (failureKey.test(key) && isFailed)
  if (/<[a-z!]/i.test(text))
    return yield* inHtml(text, isError || (isMessage && isFailed) ? 'error' : isMessage ? 'message' : 'text', whole)
  const isOther = isListed || (isMessage ? isFailed || otherCause.test(text) : isFailed && otherCause.test(key))
  const isFieldError = isField && (isError || isFailed)
  yield* findingsIn(text, isOther && !isField && !isFailure(key, text), (isWeak) => {
    if (!isMessage && key !== '') return undefined
    return isCode(text) && !isFieldError
      ? codeIn(text, errorKey.test(key), isWeak)
      : spokenIn(decoded(text), {
          ...whole,
          isKnown: () => false,
          isField: isFieldError,
          isAsked: isWeak && isFieldError,
        })
  })
}
