/**
 * What an answer says of the captcha. Precision before recall: a feedback can't be corrected, so whatever may mean
 * something else (a label, a wall that asks for a captcha, the vendor's outage, an article) refuses nothing.
 */

import { inGeneral, languages, otherCause, otherCode, outage } from './refusal-words.ts'
import { decoded, type Passage, passages, tags } from './visible-text.ts'

/** What an answer to the submission was, as text. */
export interface Answer {
  readonly url: string
  /** The header's value, '' where there is none. */
  readonly contentType: string
  readonly body: string
  /** The document that the page showed before the submission, where it is known: what it said already is no refusal. */
  readonly before?: string | undefined
}

/** In characters; a refusal stands well before, and a longer JSON, which can't be read in part, is data. */
const bound = 2 ** 20

const captchaWord = /captcha|capcha|turnstile|geetest|altcha/i

/** The vendors' codes for a token that was looked at. https://developers.google.com/recaptcha/docs/verify and its kin */
const vendorCode =
  /(?<![a-z])(?:(?:invalid|missing|expired|already[-_ ]seen)[-_ ]input[-_ ]response|(?:already|invalid[-_ ]or[-_ ]already)[-_ ]seen[-_ ]response|timeout[-_ ]or[-_ ]duplicate|incorrect[-_ ]captcha[-_ ]sol|captcha[-_ ]timeout|solution[-_](?:invalid|missing|timeout[-_]or[-_]duplicate)|response[-_](?:invalid|missing|timeout|duplicate)|pass[-_]token[-_ ]expired?)(?![a-z])/i
/** Those for a site that is set up wrongly, or for a vendor that is down: the token was not looked at. */
const siteFault =
  /(?:missing|invalid)[-_]input[-_]secret|sitekey[-_]secret[-_]mismatch|invalid[-_](?:keys|site[-_]private[-_]key)|(?:secret|sitekey)[-_](?:missing|invalid)|not[-_]using[-_]dummy|"(?:bad-request|internal-error|bad_request|internal_error|auth_invalid|auth_required)"/

/** Says what in the answer refuses the captcha, in words of the tables here and never of the body; else `undefined`. */
export function refusalIn({ contentType, body, before }: Answer): string | undefined {
  if (/^(?:image|audio|video|font)\/|css|pdf|octet-stream|zip/i.test(contentType)) return undefined
  const text = body.slice(0, bound)
  if (siteFault.test(text)) return undefined
  const isKnown = knownFrom(before)
  const about: About = { isKnown, readsCode: !otherCode.test(text) }
  return distinct(refusals(text, contentType, about))
}

/** More different refusals than an answer to one captcha has are the words for all outcomes. */
function distinct(found: Iterable<Refusal>): string | undefined {
  const all = new Map([...found].map(({ text, says }) => [text, says]))
  return all.size > 2 ? undefined : all.values().next().value
}

interface Refusal {
  readonly text: string
  readonly says: string
}

/** What holds of a whole answer. */
interface About {
  readonly isKnown: (sentence: string) => boolean
  readonly readsCode: boolean
}

function knownFrom(before: string | undefined): About['isKnown'] {
  let known: Set<string> | undefined
  return (sentence) => {
    if (before === undefined) return false
    known ??= new Set(passages(before.slice(0, bound)).flatMap(({ text }) => sentencesOf(text)))
    return known.has(sentence)
  }
}

const jsonStart = /^\s*(?:\)\]\}',?\s*|(?:for|while)\s*\((?:;;|1)\);?\s*|(?:\/\*\*\/\s*)?[\w.$]+\s*\(\s*)?(?=[{[])/

function* refusals(text: string, contentType: string, about: About): Generator<Refusal> {
  const json = parsed(text)
  if (json !== undefined) yield* inJson(json, start, about)
  else if (/^\s*</.test(text) || /html/i.test(contentType)) yield* inHtml(text, 'text', about)
  else if (!/script|json|csv|css/i.test(contentType)) yield* inLines(text, about)
}

function parsed(text: string): unknown {
  const prefix = jsonStart.exec(text)?.[0]
  if (prefix === undefined) return undefined
  const end = prefix.trimEnd().endsWith('(') ? text.lastIndexOf(')') : text.length
  try {
    return JSON.parse(text.slice(prefix.length, end)) as unknown
  } catch {
    return undefined
  }
}

/** Streams of events, of rows (React's, JSON lines), of trailers (gRPC), and plain text. */
function* inLines(text: string, about: About): Generator<Refusal> {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: gRPC frames its text with them
  const lines = text
    .split(/[\u0000-\u001f\ufffd]+/)
    .map((line) => line.replace(/^(?:data: ?|[\da-f]{1,4}:(?=[{["]))/, ''))
  const rest: string[] = []
  for (const line of lines) {
    const json = parsed(line)
    if (json === undefined) rest.push(/^grpc-message:/i.test(line) ? unescaped(line) : line)
    else yield* inJson(json, start, about)
  }
  const remainder = rest.join('\n')
  if (/<[a-z]/i.test(remainder)) yield* inHtml(remainder, 'text', about)
  else if (remainder.length <= shortPage) {
    for (const line of rest) {
      const says = isCode(line) ? codeIn(line, false) : spokenIn(line, { ...anywhere, ...about })
      if (says !== undefined) yield { text: line, says }
    }
  }
}

/** In characters that a person sees: on a longer page only what is marked as a message is one. */
const shortPage = 2_000
const shortError = 300

function* inHtml(html: string, shownAs: Passage['shownAs'], about: About): Generator<Refusal> {
  // A stream of Turbo has its markup in templates.
  const read = passages(html.includes('<turbo-stream') ? html.replace(/<\/?template\b/gi, '<div') : html, shownAs)
  const total = read.reduce((sum, { text }) => sum + text.length, 0)
  for (const { text, shownAs, isOfCaptcha } of read) {
    const isError = shownAs === 'error'
    const isRead =
      isError ||
      shownAs === 'message' ||
      (shownAs === 'text' ? total <= shortPage : shownAs === 'heading' && total <= shortError)
    if (!isRead) continue
    const says = spokenIn(text, { ...about, isField: isError && isOfCaptcha, isAsked: isError })
    if (says !== undefined) yield { text, says }
  }
}

interface Saying extends About {
  /** The text is about the captcha, whether it says so or not. */
  readonly isField: boolean
  /** It is an error that the captcha is asked for. */
  readonly isAsked: boolean
}

const anywhere = { isField: false, isAsked: false }

/** In characters; who says more does not refuse, but explain. */
const longest = 400

function spokenIn(message: string, { isKnown, readsCode, isField, isAsked }: Saying): string | undefined {
  if (message.length > longest || outage.test(plain(message))) return undefined
  for (const sentence of sentencesOf(message)) {
    if (/[?？؟]$/.test(sentence) || otherCause.test(sentence) || inGeneral.test(sentence) || isKnown(sentence)) continue
    const code = vendorCode.exec(sentence)?.[0]
    if (code !== undefined) return `code ${spelled(code)}`
    const universal = captchaWord.exec(sentence)?.[0]
    for (const { language, captcha, code, refused, asked } of languages) {
      const subject =
        universal ??
        captcha?.exec(sentence)?.[0] ??
        (readsCode ? code?.exec(sentence)?.[0] : undefined) ??
        (isField ? 'captcha' : undefined)
      if (subject === undefined) continue
      const refusal = refused.exec(sentence)?.[0] ?? (isAsked ? asked?.exec(sentence)?.[0] : undefined)
      if (refusal !== undefined)
        return `"${subject} … ${refusal}" (${language})`
          .toLowerCase()
          .replace(`(${language.toLowerCase()})`, `(${language})`)
    }
  }
  return undefined
}

const plain = (text: string) =>
  text
    .replace(/[’‘`´]/g, "'")
    .replace(/[_\s]+/g, ' ')
    .trim()

const sentencesOf = (text: string): readonly string[] =>
  plain(text)
    .split(/(?<=[.!?。！？؟])(?:\s+|(?=[^\s.!?\d]))|[;；|•]/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')

const spelled = (code: string) => code.toLowerCase().replace(/[\s_]/g, '-')

/** A name of an error, as programs write them: `CAPTCHA_INVALID`, `invalidCaptcha`, `errors.captcha.invalid`. */
const isCode = (text: string) => text.length <= 100 && /^[\w.:/-]+$/.test(text)

/** That alone, as an error's name, says what the error is. */
const bareCaptcha =
  /^(?:err(?:or)? )?(?:re ?|h ?|google )?captcha(?: v\d)?(?: (?:err(?:or)?|check|token|response|verification|validation|code))?$|^(?:cf )?turnstile(?: err(?:or)?)?$/i

/**
 * That a captcha is required is no refusal as a code: it is the state of a flow, which a rate limit brings about, or a
 * token in a field that the site does not read. In a sentence about the field, a validator says it of what was sent.
 */
function codeIn(text: string, isError: boolean): string | undefined {
  const code = vendorCode.exec(text)?.[0]
  if (code !== undefined) return `code ${spelled(code)}`
  const words = text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_.:/-]+/g, ' ')
    .trim()
  if (otherCause.test(words) || outage.test(words) || inGeneral.test(words)) return undefined
  const captcha = captchaWord.exec(words)?.[0].toLowerCase() ?? languages[0]?.captcha?.exec(words)?.[0]
  if (captcha === undefined) return undefined
  const refused = languages[0]?.refused.exec(words)?.[0].toLowerCase()
  if (refused !== undefined) return `code "${captcha} … ${refused}"`
  return bareCaptcha.test(words) && (isError || /err/i.test(words)) ? `error "${captcha}"` : undefined
}

/** Where in JSON a value stands. */
interface Place {
  readonly key: string
  readonly depth: number
  /** What it is in says that something failed. */
  readonly isFailed: boolean
  /** It is under a key such as `errors`. */
  readonly isError: boolean
  /** It is about the captcha's field. */
  readonly isField: boolean
}

const start: Place = { key: '', depth: 0, isFailed: false, isError: false, isField: false }

/** Nobody nests an error deeper. */
const deepest = 40

const errorKey = /err(?!and)|invalid|violation|fail|fault|exception|problem|reject/i
const messageKey = /(?:msg|messages?|codes?|reasons?|details?|alerts?|notices?|warnings?|flash|feedback|toast|status)$/i
/** These say so of a failure, and of anything else. */
const failureKey = /^(?:title|type|result|response|text|data|html|content|description|info|body|output|name)$/i
/** What they hold are words, forms or other people's texts. */
const foreignKey =
  /^(?:i18n|l10n|locales?|lang|languages?|translations?|strings|dictionary|labels?|texts|phrases|lexicon|config|configuration|settings|schema|properties|rules|props|validators?|templates?|placeholders?|results|items|posts|comments|articles|hits|products|entries|records|rows|edges|nodes|threads|topics|questions|faqs?|docs|documents|notifications|logs?|history|events?|tests?|required)$/i
const captchaField = /captcha|turnstile/i
/** Of the captcha, but not what was sent for it. */
const captchaSetting = /requir|need|enabl|disabl|url|image|img|html|src|site|config|provider|type|version|secret|id$/i
const fieldKey =
  /^(?:field|param|path|propertypath|property|name|source|pointer|loc|location|attribute|fieldname|input|control|instancepath|target|into)$/i

function* inJson(value: unknown, place: Place, about: About): Generator<Refusal> {
  if (place.depth > deepest) return
  if (Array.isArray(value)) {
    const isList = value.every((item) => typeof item === 'string')
    const inner = { ...place, depth: place.depth + 1, isFailed: place.isFailed || (isList && place.isField) }
    for (const item of value) yield* inJson(item, inner, about)
  } else if (typeof value === 'object' && value !== null) {
    yield* inObject(Object.entries(value), place, about)
  } else if (typeof value === 'string') {
    yield* inString(value, place, about)
  }
}

function* inObject(entries: readonly (readonly [string, unknown])[], place: Place, about: About): Generator<Refusal> {
  const isFailed = entries.some(([key, value]) => isFailure(key, value))
  if (!isFailed && !place.isError && entries.some(([key, value]) => isSuccess(key, value))) return
  const isField = entries.some(
    ([key, value]) => fieldKey.test(key) && captchaField.test(JSON.stringify(value).slice(0, 200)),
  )
  for (const [key, value] of entries) {
    if (foreignKey.test(key)) continue
    if (isRefusingFlag(place.key, key, value))
      yield { text: `${place.key} ${key}`, says: `"captcha … ${String(value).toLowerCase()}"` }
    const isKeyOfField = captchaField.test(key) && !captchaSetting.test(key)
    yield* inJson(
      value,
      {
        key,
        depth: place.depth + 1,
        isFailed: place.isFailed || isFailed || errorKey.test(key),
        isError: place.isError || errorKey.test(key),
        isField: isKeyOfField || (place.isField && !Array.isArray(value)) || isField,
      },
      about,
    )
  }
}

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

/** `captchaValid: false`, `captcha: { success: false }`, and what reCAPTCHA Enterprise and Arkose say. */
function isRefusingFlag(parent: string, key: string, value: unknown): boolean {
  if (key === 'invalidReason')
    return /^(?:MALFORMED|EXPIRED|DUPE|MISSING|BROWSER_ERROR|UNKNOWN_INVALID_REASON)$/.test(String(value))
  if (value !== false) return false
  const isOfCaptcha = captchaField.test(key) || captchaField.test(parent)
  return (
    (isOfCaptcha && /(?:valid|success|passed|correct)$/i.test(key)) ||
    (parent === 'session_details' && key === 'solved')
  )
}

function* inString(text: string, place: Place, about: About): Generator<Refusal> {
  const { key, isError, isFailed, isField } = place
  if (/^\s*[{[]/.test(text)) {
    const json = parsed(text)
    if (json !== undefined) return yield* inJson(json, { ...place, depth: place.depth + 10 }, about)
  }
  const isMessage = isError || messageKey.test(key) || isField || (failureKey.test(key) && isFailed)
  if (/<[a-z!]/i.test(text))
    return yield* inHtml(text, isError || (isMessage && isFailed) ? 'error' : isMessage ? 'message' : 'text', about)
  if (!isMessage && key !== '') return
  const isFieldError = isField && (isError || isFailed)
  const says =
    isCode(text) && !isFieldError
      ? codeIn(text, errorKey.test(key))
      : spokenIn(decoded(text), { ...about, isKnown: () => false, isField: isFieldError, isAsked: isFailed || isError })
  if (says !== undefined) yield { text, says }
}

const urlErrorKey = /err|fail|invalid|reject|^(?:e|reason|msg|message|alert|notice|flash|warning|code|status|result)$/i
const guide =
  /^(?:help|support|docs?|blog|faqs?|kb|articles?|questions?|hc|wiki|forums?|community|threads?|topics?|posts?|search|news|learn)$/i

/** Says what in a URL that the answer leads to refuses the captcha: `?error=captcha`, `#captcha_failed`, `/captcha-error`. */
export function refusalInUrl(url: string): string | undefined {
  const found = URL.parse(url)
  if (found === null) return undefined
  const segments = found.pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(unescaped)
  if (segments.some((segment) => guide.test(segment))) return undefined
  const fragment = found.hash.slice(1)
  const [within = '', afterwards] = fragment.split('?', 2)
  const parameters = [
    ...found.searchParams,
    ...new URLSearchParams(afterwards ?? (fragment.includes('=') ? fragment : '')),
  ]
  for (const [key, value] of parameters) {
    const says = inParameter(key, value)
    if (says !== undefined) return `URL: ${says}`
  }
  const paths = [segments.at(-1) ?? '', segments.slice(-2).join(' '), unescaped(within)]
  const says = paths.filter((path) => onlyRefusal.test(path)).map((path) => codeIn(path.replace(/\s/g, '-'), true))[0]
  return says === undefined ? undefined : `URL: ${says}`
}

/** A path of these words alone; one with more is a page about them. */
const onlyRefusal =
  /^[/!]*(?:(?:re|h)?captcha|turnstile|error|errors|err|failed|failure|fail|invalid|incorrect|wrong|expired|rejected|denied|[-_. /])+?(?:\.\w{2,5})?$/i

function inParameter(key: string, value: string): string | undefined {
  if (urlErrorKey.test(key) && !captchaField.test(key)) {
    const text = value.replace(/\+/g, ' ')
    return isCode(text)
      ? codeIn(text, /err|fail|invalid/i.test(key))
      : spokenIn(text, { ...anywhere, isKnown: () => false, readsCode: false })
  }
  if (!captchaField.test(key) || /^(?:0|false|no|none|null)$/i.test(value)) return undefined
  // `?captcha=failed`, `?captcha_error=1`
  return codeIn(/^(?:1|true|yes|)$/i.test(value) ? key : `${key}-${value}`, false)
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const knownFields = new Set(
  'g-recaptcha-response h-captcha-response cf-turnstile-response frc-captcha-solution frc-captcha-response altcha fc-token mcaptcha__token smart-token geetest_validate captcha captcha_code captcha_answer captcha_response recaptcha_response_field'.split(
    ' ',
  ),
)
const widget = /(?:^|\s)(?:g-recaptcha|h-captcha|cf-turnstile|frc-captcha|smart-captcha)(?=\s|$)/

/** Whether the answer shows a captcha again: a widget's markup with its site key, or one of these fields of a form. */
export function showsCaptcha({ contentType, body }: Answer, fields: readonly string[]): boolean {
  const text = body.slice(0, bound)
  const json = parsed(text)
  if (json !== undefined) return anyString(json, 0, (value) => /<[a-z]/i.test(value) && showsIn(value, fields))
  return !/script|css|json/i.test(contentType) && showsIn(text, fields)
}

function anyString(value: unknown, depth: number, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value)
  if (typeof value !== 'object' || value === null || depth > deepest) return false
  return Object.values(value).some((inner) => anyString(inner, depth + 1, test))
}

function showsIn(html: string, fields: readonly string[]): boolean {
  for (const tag of tags(html)) {
    if (typeof tag === 'string' || tag.isEnd) continue
    const { name, attributes } = tag
    const field = attributes.get('name') ?? ''
    if (/^(?:input|textarea|select)$/.test(name) && (knownFields.has(field.toLowerCase()) || fields.includes(field)))
      return true
    if (widget.test(attributes.get('class') ?? '') && attributes.has('data-sitekey')) return true
    if (/^(?:altcha-widget|cap-widget)$/.test(name)) return true
    if (
      name === 'iframe' &&
      /recaptcha\/(?:api|api2|enterprise)\/(?:fallback|anchor)\?.*k=/.test(attributes.get('src') ?? '')
    )
      return true
  }
  return false
}
