/** Converts the answers of all HTTP libraries to one form. */
import { OptionError } from '../error.ts'
import { describe } from '../options.ts'
import { decoded } from '../page/charset.ts'
import type { ObservedResponse } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import { EvidenceError } from '../predicates/evidence.ts'
import type { ForwardResponse, TaskResult } from '../solver-wire.ts'
import { copiedText, largestBody, type Message, tooLarge } from './copied-body.ts'

/** Playwright's `APIResponse`, from `page.request` or `context.request`. */
interface PlaywrightAnswer {
  status(): number
  url(): string
  headers(): Readonly<Record<string, string>>
  text(): Promise<string>
}

/** A `Response` of any fetch, a response of axios, or `{ status, headers, url, body }`. */
interface StatusAnswer {
  readonly status: number
  readonly headers: object
}

/** A response of got or got-scraping, or `{ statusCode, headers, url, body }`. */
interface StatusCodeAnswer {
  readonly statusCode?: number | undefined
  readonly headers: object
}

/**
 * A site's answer, as an HTTP library returns it or Regotcha forwards it (`forwardResponse`, or all of
 * `getTaskResult`).
 */
export type Answer = StatusAnswer | StatusCodeAnswer | PlaywrightAnswer | ForwardResponse | TaskResult

/** An {@link Answer} in one form for all libraries. */
export interface UniformAnswer extends Pick<ObservedResponse, 'text' | 'keep'> {
  /** 0 if there was no answer. */
  readonly status: number
  /** `undefined` if neither the answer nor the user states it. */
  readonly url: string | undefined
  /** Whether `url` is the URL that the user requested, which shows nothing. */
  readonly isChosen: boolean
  /** Empty if the answer does not state it. */
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
}

// biome-ignore lint/suspicious/noExplicitAny: it may be anything
type Given = Readonly<Record<string, any>>

/**
 * @param asked - the option `url`: the URL that the user requested.
 * @param signal - aborts reading the body.
 * @throws {OptionError} if the answer has none of the known shapes.
 */
export function answerOf(given: unknown, asked: string | undefined, signal: AbortSignal): UniformAnswer {
  const answer = forwarded(given)
  if (typeof answer.status === 'function' && typeof answer.text === 'function')
    return ofPlaywright(answer as PlaywrightAnswer, asked)
  const status = answer.statusCode ?? answer.status
  const isStatus = Number.isInteger(status) && status >= 0 && status < 1000
  if (!isStatus || typeof answer.headers !== 'object' || answer.headers === null) throw unknownShape(given, status)
  const base = { status, headers: plainHeaders(answer.headers), ...originOf(answer, asked) }
  const isCopied = typeof answer.clone === 'function' && !('_data' in answer)
  return isCopied ? { ...base, ...copied(answer as Message, signal) } : { ...base, text: () => wholeText(answer, base) }
}

/** The site's answer: a `getTaskResult` answer contains it as `forwardResponse`. */
function forwarded(given: unknown): Given {
  if (typeof given !== 'object' || given === null) throw unknownShape(given)
  const answer = given as Given
  if (!('errorId' in answer)) return answer
  if (typeof answer.forwardResponse === 'object' && answer.forwardResponse !== null) return answer.forwardResponse
  const got = answer.errorCode ?? (answer.status === 'ready' ? 'a solution alone' : `status ${describe(answer.status)}`)
  throw new OptionError(`judge: \`answer\`: expected a getTaskResult answer with its \`forwardResponse\`, got ${got}`)
}

function unknownShape(given: unknown, status?: unknown): OptionError {
  const got =
    status === undefined ? describe(given, true) : `${describe(given, true)} with the status ${describe(status)}`
  return new OptionError(
    `judge: \`answer\`: expected a Response, an APIResponse of Playwright, a response of got or axios, a forwardResponse, or { status, headers, url, body }, got ${got}`,
  )
}

/** Headers as an object, with names in lower case. As in Playwright, `set-cookie` has one cookie per line. */
export function plainHeaders(headers: object): Readonly<Record<string, string>> {
  const entries: Iterable<readonly [string, unknown]> =
    Symbol.iterator in headers ? (headers as never) : Object.entries(headers)
  const plain: Record<string, string> = {}
  for (const [name, value] of entries) {
    if (value === undefined || value === null) continue
    const key = name.toLowerCase()
    const text = Array.isArray(value) ? value.join(key === 'set-cookie' ? '\n' : ', ') : String(value)
    plain[key] = plain[key] === undefined ? text : `${plain[key]}${key === 'set-cookie' ? '\n' : ', '}${text}`
  }
  return plain
}

/** The answer's URL and method, as far as it states them. */
function originOf(answer: Given, asked: string | undefined): Pick<UniformAnswer, 'url' | 'isChosen' | 'method'> {
  const { config, request, redirected, redirectUrls } = answer
  const method = String(config?.method ?? request?.options?.method ?? '').toUpperCase()
  // The URL that axios requested. Where redirects led is known only in Node.
  const requested = config && URL.parse(config.url ?? '', config.baseURL ?? asked)?.href
  const own = answer.url || request?.res?.responseUrl
  const url = isWeb(String(own)) ? String(own) : (requested ?? asked)
  const isRedirected = redirected ?? (redirectUrls ? redirectUrls.length > 0 : undefined)
  return { url, method, isChosen: isRedirected === false || url === requested || url === asked }
}

const ofPlaywright = (answer: PlaywrightAnswer, asked: string | undefined): UniformAnswer => ({
  status: answer.status(),
  url: answer.url(),
  isChosen: answer.url() === asked, // it does not state whether there was a redirect
  method: '',
  headers: plainHeaders(answer.headers()),
  text: () => answer.text(),
})

function copied(message: Message, signal: AbortSignal): Pick<UniformAnswer, 'text' | 'keep'> {
  let copy: Promise<string> | undefined
  const text = () => {
    copy ??= copiedText(message, signal)
    return copy
  }
  return { text, keep: () => void text().catch(() => {}) }
}

/** The text of a body that the user's library has already read or parsed. */
async function wholeText(answer: Given, { headers }: Pick<UniformAnswer, 'headers'>): Promise<string> {
  const body: unknown = answer._data ?? answer.rawBody ?? answer.body ?? answer.data
  if (typeof body === 'string') return body
  if (body === undefined || body === null) throw new EvidenceError('absent', 'this answer was given without a body')
  if (body instanceof Blob) return body.text()
  if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer) {
    if (body.byteLength > largestBody) throw tooLarge()
    const bytes = ArrayBuffer.isView(body)
      ? Buffer.from(body.buffer, body.byteOffset, body.byteLength)
      : Buffer.from(body)
    return decoded(bytes, headers['content-type'])
  }
  if (typeof body === 'object' && (Symbol.asyncIterator in body || 'pipe' in body))
    throw new EvidenceError(
      'lost',
      'the body is a stream, which only you can read: judge { status, headers, url, body }',
    )
  return JSON.stringify(body)
}
