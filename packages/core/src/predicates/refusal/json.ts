/** Finds refusals in JSON: under which keys a text is a message, and what about. */

import { otherCause, possibleCauses } from './elsewhere.ts'
import { isCodeOfSuccess, isFailure, isRefusingFlag, isSuccess, isWordOfSuccess } from './flags.ts'
import { inHtml } from './html.ts'
import { isOfCaptcha } from './languages.ts'
import {
  codeIn,
  type Finding,
  findingsIn,
  isCaptchasName,
  isCode,
  isOutage,
  longest,
  spokenIn,
  type Whole,
  wordsOf,
} from './message.ts'
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
  /** Whether it is in an object within the answer. */
  readonly isNested: boolean
  /** Whether it is in a list of strings only. */
  readonly isListed: boolean
}

export const start: Place = {
  key: '',
  depth: 0,
  isFailed: false,
  isError: false,
  isField: false,
  isNested: false,
  isListed: false,
}

/** Errors are not nested more deeply. */
export const deepestValue = 40

const errorKey = /error|^err|[_-]err|[a-z]Err|invalid|violation|fail|(?<!de)fault|exception|problem|reject/i
const messageKey =
  /(?:msg|messages?|messagestr|codes?|reasons?|details?|alerts?|notices?|warnings?|flash|feedback|toast|status)$/i
/** Keys of all kinds of text, which is a message only if something failed. */
const failureKey = /^(?:title|type|result|response|text|data|html|content|description|info|body|output|name)$/i
/** Keys of the parts of an answer that may say how it went. Others hold records, settings, texts for later. */
const envelope =
  /^(?:data|d|json|result|response|body|payload|content|value|return|output|meta|status|state|validation|verification|verify|details?|causes?|context|extensions|info|params?|additional\w*|\w+properties|components|snapshot|memo|inner\w*|original\w*|_?embedded|\d+|)$/i
/** Keys of what went wrong before, or may go wrong, and of texts for later use. */
const earlier = /^(?:last|prev|recent|possible|required)|logs?$|history$/i
const dictionary = /(?:codes|texts|catalog|\wmessages)$/i
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
    if (!place.isError && isBatch(items)) return
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

function* inObject(entries: Entries, place: Place, whole: Whole): Generator<Finding> {
  if (entries.some(([key, value]) => isWordOfSuccess(key, value))) return
  const isFailed = entries.some(([key, value]) => isFailure(key, value))
  if (!isFailed && !place.isError && entries.some(([key, value]) => isSuccess(key, value))) return
  const isFine = !isFailed && entries.some(([key, value]) => isCodeOfSuccess(key, value))
  const isField = entries.some(([key, value]) => fieldKey.test(key) && namesCaptcha(key, value))
  const isNext = entries.some(
    ([key, value]) => captchaField.test(place.key + key) && nextCaptcha.test(key) && Boolean(value),
  )
  const listsCauses = entries.some(
    ([, value]) => typeof value === 'string' && value.length <= longest && possibleCauses.test(value),
  )
  for (const [key, value] of [...entries, ...errorsOfPage(entries)]) {
    const isOfCaptcha = captchaField.test(key)
    if (
      isForeign(place, key, value) ||
      (isFine && isRecord(value)) ||
      (isOfCaptcha && captchaSetting.test(key)) ||
      (listsCauses && Array.isArray(value))
    )
      continue
    if (isRefusingFlag(place.key, key, value) && !isNext)
      yield {
        text: `${place.key} ${key}`,
        says: `"captcha … ${String(value).toLowerCase()}"`,
        isWeak: captchaField.test(place.key + key),
        isAside: true,
      }
    yield* inJson(
      value,
      {
        key,
        depth: place.depth + 1,
        isFailed: place.isFailed || isFailed || errorKey.test(key),
        isError: place.isError || errorKey.test(key),
        isNested: place.key !== '',
        isField: (isOfField(key) && isCaptchasName(key)) || (place.isField && !Array.isArray(value)) || isField,
        isListed: false,
      },
      whole,
    )
  }
}

/** Whether it is an object or a list of them, and has no flag of failure and no list of errors. */
const isRecord = (value: unknown) =>
  typeof value === 'object' &&
  !(Array.isArray(value) && value.every((item) => typeof item === 'string')) &&
  !entriesOf(value).some(([key, inner]) => isFailure(key, inner) || (/errors$/i.test(key) && Array.isArray(inner)))

/** Whether the value is no part of the answer that may say how the submission went. */
function isForeign(place: Place, key: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (earlier.test(key) || (dictionary.test(key) && !Array.isArray(value))) return true
  if (place.isError || !isRecord(value)) return false
  // A form's fields may have messages for later; only their errors are of now.
  if (/^(?:form|fields?)$/i.test(key)) return !/"errors?":(?:\[?"[^"]|\{")/.test(JSON.stringify(value))
  return ![envelope, messageKey, errorKey, captchaField].some((keys) => keys.test(key))
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
  JSON.stringify(value)
    .slice(0, 200)
    .split(/["\s,]+/)
    .some((name) => isOfField(name) && isCaptchasName(name))

function* inString(text: string, place: Place, whole: Whole): Generator<Finding> {
  const { key, isError, isFailed, isField, isNested, isListed } = place
  if (/^\s*[{[]/.test(text)) {
    const json = parsed(text)
    if (json !== undefined) return yield* inJson(json, { ...place, depth: place.depth + 10 }, whole)
  }
  const isMessage = isError || messageKey.test(key) || isField || (failureKey.test(key) && isFailed)
  if (/<[a-z!]/i.test(text))
    return yield* inHtml(text, isError || (isMessage && isFailed) ? 'error' : isMessage ? 'message' : 'text', whole)
  const isOther = isListed || (isMessage ? isFailed || otherCause.test(text) : isFailed && otherCause.test(key))
  const isFieldError = isField && (isError || isFailed)
  if (isMessage && isOutage(text)) return yield { text, isOutage: true }
  const found = findingsIn(text, isOther && !isField && !isFailure(key, text), (isWeak) => {
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
  // Beside an error of the answer itself, this is the state of the captcha, a text for later, or what a code is named.
  const isAside = (!isError && (isField || isNested)) || (place.depth === 1 && isCode(text))
  const isOfAll =
    isMessage &&
    !isField &&
    !isNested &&
    !isListed &&
    (isCode(text) ? otherCause.test(wordsOf(text)) : !isOfCaptcha(text))
  const isOfShape = isField && /^invalid (?:value|input)\.?$/i.test(text)
  for (const finding of found) yield { ...finding, isAside, isOfAll, isWeak: finding.isWeak || isOfShape }
}
