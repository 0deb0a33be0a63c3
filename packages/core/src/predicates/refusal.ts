/**
 * Finds out whether an answer refuses the captcha. Precision comes before recall, because feedback can't be corrected.
 * Whatever may mean something else (a label, a wall that asks for a captcha, a vendor's outage, an article) is no
 * refusal.
 */

import { otherCode } from './refusal/elsewhere.ts'
import { beforePossible, inHtml, shortPage } from './refusal/html.ts'
import { deepestValue, inJson, parsed, start } from './refusal/json.ts'
import {
  anywhere,
  codeIn,
  type Finding,
  isCode,
  longest,
  sentencesOf,
  speaksOfCaptcha,
  spokenIn,
  type Whole,
} from './refusal/message.ts'
import { tags } from './refusal/tags.ts'
import { unescaped } from './refusal/url.ts'
import { passages } from './refusal/visible-text.ts'

export { refusalInUrl } from './refusal/url.ts'

/** An answer to the submission, as text. */
export interface Answer {
  readonly url: string
  /** The `content-type` header; empty if there is none. */
  readonly contentType: string
  readonly body: string
  /** The document that the page showed before the submission, if known. What it already said is no refusal. */
  readonly before?: string | undefined
  /** The text that the page shows now, if known. What is not in it is hidden. */
  readonly rendered?: string | undefined
  /** Whether the submission carried another code too, such as one by SMS, so that "wrong code" may be about that. */
  readonly hasOtherCode?: boolean
}

/**
 * How many characters of a body are searched. A refusal comes early. Longer JSON can't be parsed, but is data anyway.
 */
const bound = 2 ** 20

/** Codes for a misconfigured site, or for a vendor's outage: the token was not checked. */
const siteFault =
  /(?:missing|invalid)[-_]input[-_]secret|sitekey[-_]secret[-_]mismatch|invalid[-_](?:keys|site[-_]private[-_]key)|(?:secret|sitekey)[-_](?:missing|invalid)|not[-_]using[-_]dummy|"(?:bad-request|internal-error|bad_request|internal_error|auth_invalid|auth_required)"|ETIMEDOUT|ECONN[A-Z]+|ENOTFOUND|EAI_AGAIN|getaddrinfo|cURL error|deadline exceeded|i\/o timeout/

/** What in the answer refuses the captcha, or `undefined`. It quotes the tables of words, never the body. */
export function refusalIn({ contentType, body, before, rendered, hasOtherCode = false }: Answer): string | undefined {
  if (/^(?:image|audio|video|font)\/|css|pdf|octet-stream|zip/i.test(contentType)) return undefined
  const text = body.slice(0, bound)
  // Most answers don't mention a captcha, so they need not be parsed.
  if (!(speaksOfCaptcha(text) || worthReading.test(text)) || siteFault.test(text)) return undefined
  const readsCode = !hasOtherCode && !otherCode.test(text)
  const [isKnown, isHidden] = [knownFrom(before), hiddenFrom(rendered)]
  const whole = { isKnown: (sentence: string) => isKnown(sentence) || isHidden(sentence), readsCode }
  return distinct(refusals(text, contentType, whole))
}

/** Whether a page's HTML has any sentence that would refuse the captcha in an answer. */
export function hasRefusal(html: string): boolean {
  const text = html.slice(0, bound)
  const whole = { isKnown: () => false, readsCode: true }
  return speaksOfCaptcha(text) && [...inHtml(text, 'text', whole)].some(({ says }) => says !== undefined)
}

/** Answers that are parsed too: with characters to decode, phrases with apostrophes, or flags without a sentence. */
const worthReading =
  /\\u[\da-f]{4}|&#(?:x[3-9a-f][\da-f]{2,}|1\d{3}|[2-6]\d{4});|&[a-z](?:acute|grave|circ|uml|tilde|cedil|ring|caron);|human|robot|invalidReason|session_details/i

/** The first refusal. More than two different ones are the messages for all outcomes, which refuse nothing. */
function distinct(found: Iterable<Finding>): string | undefined {
  const all = new Map<string, Finding>()
  let [hasOther, isOfOther] = [false, false]
  for (const finding of found) {
    if (finding.says !== undefined) all.set(finding.text, finding)
    else hasOther = true
    isOfOther ||= finding.says === undefined && finding.isOfAll === true
    if (finding.isOutage || all.size > 2) return undefined
  }
  return [...all.values()].find(({ isWeak, isAside }) => !(isWeak && hasOther) && !(isAside && isOfOther))?.says
}

function knownFrom(before: string | undefined): Whole['isKnown'] {
  let known: Set<string> | undefined
  return (sentence) => {
    if (before === undefined) return false
    known ??= new Set(
      passages(before.slice(0, bound)).flatMap(({ text }) => (text.length > longest ? [] : sentencesOf(text))),
    )
    return known.has(sentence)
  }
}

/** Sentences are compared without white space and case, which style sheets may change. */
function hiddenFrom(rendered: string | undefined): Whole['isKnown'] {
  if (rendered === undefined) return () => false
  const squeezed = (text: string) =>
    text
      .replace(/[’‘`´]/g, "'")
      .replace(/[_\s]+/g, '')
      .toLowerCase()
  const shown = squeezed(rendered)
  return (sentence) => !shown.includes(squeezed(sentence))
}

function* refusals(text: string, contentType: string, whole: Whole): Generator<Finding> {
  const json = parsed(text)
  if (json !== undefined) yield* inJson(json, start, whole)
  else if (/^\s*</.test(text) || /html/i.test(contentType)) yield* inHtml(text, 'text', whole)
  else if (!/script|csv|css|(?<!nd)json(?!l|-seq)/i.test(contentType)) yield* inLines(text, whole)
}

/** A stream with more lines than this before a refusal is no answer to a submission. */
const mostLines = 1_000

/** Searches event streams, rows (React's, JSON lines), gRPC trailers and plain text. */
function* inLines(text: string, whole: Whole): Generator<Finding> {
  // gRPC frames its text with control characters.
  const lines = text.split(/[\p{Cc}\ufffd]+/u).map((line) => line.replace(/^(?:data: ?|[\da-f]{1,4}:(?=[{["]))/, ''))
  const rest: string[] = []
  const values: unknown[] = []
  for (const line of lines.slice(0, mostLines)) {
    const json = parsed(line)
    if (json === undefined) rest.push(/^grpc-message:/i.test(line) ? unescaped(line) : line)
    // Other rows of React are the elements of the page, and names.
    else if (typeof json === 'object' && !(Array.isArray(json) && json[0] === '$')) values.push(json)
  }
  yield* inJson(values, start, whole)
  const remainder = rest.join('\n')
  if (/<[a-z]/i.test(remainder)) yield* inHtml(remainder, 'text', whole)
  else if (remainder.length <= shortPage) {
    for (const line of beforePossible(rest, (line) => line)) {
      const says = isCode(line) ? codeIn(line, false) : spokenIn(line, { ...anywhere, ...whole })
      if (says !== undefined) yield { text: line, says }
    }
  }
}

const knownFields = new Set(
  'g-recaptcha-response h-captcha-response cf-turnstile-response frc-captcha-solution frc-captcha-response altcha fc-token mcaptcha__token smart-token geetest_validate captcha captcha_code captcha_answer captcha_response recaptcha_response_field'.split(
    ' ',
  ),
)
/** Whatever shows a captcha contains one of these. */
const shownBy = /captcha|turnstile|altcha|cap-widget|fc-token|smart-token|geetest/i
const widget = /(?:^|\s)(?:g-recaptcha|h-captcha|cf-turnstile|frc-captcha|smart-captcha)(?=\s|$)/

/** Whether the answer shows a captcha again: a widget with its site key, a well-known field, or one of `fields`. */
export function showsCaptcha({ contentType, body }: Answer, fields: readonly string[]): boolean {
  const text = body.slice(0, bound)
  if (!(shownBy.test(text) || fields.some((field) => text.includes(field)))) return false
  const json = parsed(text)
  if (json !== undefined) return anyString(json, 0, (value) => /<[a-z]/i.test(value) && showsIn(value, fields))
  return !/script|css|json/i.test(contentType) && showsIn(text, fields)
}

function anyString(value: unknown, depth: number, test: (text: string) => boolean): boolean {
  if (typeof value === 'string') return test(value)
  if (typeof value !== 'object' || value === null || depth > deepestValue) return false
  return Object.values(value).some((inner) => anyString(inner, depth + 1, test))
}

function showsIn(html: string, fields: readonly string[]): boolean {
  for (const tag of tags(html)) {
    if (typeof tag === 'string' || tag.isEnd) continue
    const { name, attributes } = tag
    const field = attributes.get('name') ?? ''
    if (
      /^(?:input|textarea|select)$/.test(name) &&
      field !== '' &&
      (knownFields.has(field.toLowerCase()) || fields.includes(field))
    )
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
