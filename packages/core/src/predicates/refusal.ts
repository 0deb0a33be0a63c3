/**
 * What an answer says of the captcha. Precision before recall: a feedback can't be corrected, so whatever may mean
 * something else (a label, a wall that asks for a captcha, the vendor's outage, an article) refuses nothing.
 */

import { otherCode } from './refusal/elsewhere.ts'
import { inHtml, shortPage } from './refusal/html.ts'
import { deepestValue, inJson, parsed, start } from './refusal/json.ts'
import {
  anywhere,
  codeIn,
  isCode,
  longest,
  type Refusal,
  sentencesOf,
  speaksOfCaptcha,
  spokenIn,
  type Whole,
} from './refusal/message.ts'
import { tags } from './refusal/tags.ts'
import { unescaped } from './refusal/url.ts'
import { passages } from './refusal/visible-text.ts'

export { refusalInUrl } from './refusal/url.ts'

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

/** Those for a site that is set up wrongly, or for a vendor that is down: the token was not looked at. */
const siteFault =
  /(?:missing|invalid)[-_]input[-_]secret|sitekey[-_]secret[-_]mismatch|invalid[-_](?:keys|site[-_]private[-_]key)|(?:secret|sitekey)[-_](?:missing|invalid)|not[-_]using[-_]dummy|"(?:bad-request|internal-error|bad_request|internal_error|auth_invalid|auth_required)"/

/** Says what in the answer refuses the captcha, in words of the tables here and never of the body; else `undefined`. */
export function refusalIn({ contentType, body, before }: Answer): string | undefined {
  if (/^(?:image|audio|video|font)\/|css|pdf|octet-stream|zip/i.test(contentType)) return undefined
  const text = body.slice(0, bound)
  // Most answers do not speak of a captcha at all: they need not be read.
  if (!(speaksOfCaptcha(text) || worthReading.test(text)) || siteFault.test(text)) return undefined
  return distinct(refusals(text, contentType, { isKnown: knownFrom(before), readsCode: !otherCode.test(text) }))
}

/** What else has to be read: characters to be decoded, words with an apostrophe, flags without a word. */
const worthReading =
  /\\u[\da-f]{4}|&#(?:x[3-9a-f][\da-f]{2,}|1\d{3}|[2-6]\d{4});|&[a-z](?:acute|grave|circ|uml|tilde|cedil|ring|caron);|human|robot|invalidReason|session_details/i

/** More different refusals than an answer to one captcha has are the words for all outcomes. */
function distinct(found: Iterable<Refusal>): string | undefined {
  const all = new Map<string, string>()
  for (const { text, says } of found) {
    all.set(text, says)
    if (all.size > 2) return undefined
  }
  return all.values().next().value
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

function* refusals(text: string, contentType: string, whole: Whole): Generator<Refusal> {
  const json = parsed(text)
  if (json !== undefined) yield* inJson(json, start, whole)
  else if (/^\s*</.test(text) || /html/i.test(contentType)) yield* inHtml(text, 'text', whole)
  else if (!/script|csv|css|(?<!nd)json(?!l|-seq)/i.test(contentType)) yield* inLines(text, whole)
}

/** A stream that says more than this before it refuses does not answer a submission. */
const mostLines = 1_000

/** Streams of events, of rows (React's, JSON lines), of trailers (gRPC), and plain text. */
function* inLines(text: string, whole: Whole): Generator<Refusal> {
  // gRPC frames its text with control characters.
  const lines = text.split(/[\p{Cc}\ufffd]+/u).map((line) => line.replace(/^(?:data: ?|[\da-f]{1,4}:(?=[{["]))/, ''))
  const rest: string[] = []
  for (const line of lines.slice(0, mostLines)) {
    const json = parsed(line)
    if (json === undefined) rest.push(/^grpc-message:/i.test(line) ? unescaped(line) : line)
    else yield* inJson(json, start, whole)
  }
  const remainder = rest.join('\n')
  if (/<[a-z]/i.test(remainder)) yield* inHtml(remainder, 'text', whole)
  else if (remainder.length <= shortPage) {
    for (const line of rest) {
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
/** One of these is in whatever shows a captcha. */
const shownBy = /captcha|turnstile|altcha|cap-widget|fc-token|smart-token|geetest/i
const widget = /(?:^|\s)(?:g-recaptcha|h-captcha|cf-turnstile|frc-captcha|smart-captcha)(?=\s|$)/

/** Whether the answer shows a captcha again: a widget's markup with its site key, or one of these fields of a form. */
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
