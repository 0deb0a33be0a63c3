import { createFetch } from 'ofetch'
import { type FeedbackRequest, feedbackPath, feedbackResponse } from './wire.ts'

/** The outcome of one attempt at the API. An attempt never throws. */
export type Outcome =
  /** The API has the feedback: `recorded` now, or `exists` from before. */
  | { readonly kind: 'delivered'; readonly by: 'recorded' | 'exists' }
  /** Worth another attempt, after `retryAfter` ms if the API named a wait. */
  | { readonly kind: 'retryable'; readonly reason: RetryReason; readonly detail: string; readonly retryAfter?: number }
  /** Not worth another attempt: `reason` is the API's code, or `HTTP <status>`. */
  | { readonly kind: 'dead'; readonly reason: string; readonly detail: string }

/**
 * `rate-limit` and `key-rejected` affect all feedback of the key, the others only this attempt.
 * `unavailable`: a server error, or not an API answer, such as HTML with status 200.
 * `aborted`: we aborted it before an answer came. The API may have recorded the feedback.
 */
export type RetryReason = 'network' | 'timeout' | 'aborted' | 'unavailable' | 'rate-limit' | 'key-rejected'

export type Attempt = (taskId: string, valid: boolean, signal?: AbortSignal) => Promise<Outcome>

export interface AttemptOptions {
  readonly clientKey: string
  /** Without a trailing slash. */
  readonly baseURL: string
  /** Milliseconds for the whole exchange, including the body. */
  readonly timeout: number
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly now: () => number
}

/** An API answer has some hundred bytes; anything larger is not an API answer. */
const largestBody = 64 * 1024
const byteOrderMark = /^\uFEFF/ // not allowed in JSON, but some servers send it

const stopped: Outcome = { kind: 'retryable', reason: 'aborted', detail: 'stopped before an answer' }

export function createAttempt({ clientKey, baseURL, timeout, fetch = globalThis.fetch, now }: AttemptOptions): Attempt {
  const { raw } = createFetch({ fetch })
  return async (taskId, valid, stop) => {
    if (stop?.aborted) return stopped
    const line = new AbortController() // AbortSignal.any and .timeout would make an attempt a fifth slower
    const { signal } = line
    const cut = () => line.abort()
    const expiry = setTimeout(cut, timeout).unref()
    stop?.addEventListener('abort', cut)
    const exchange = async () => {
      const response = await raw<ReadableStream<Uint8Array>, 'stream'>(baseURL + feedbackPath, {
        method: 'POST',
        body: { clientKey, taskId, result: { valid } } satisfies FeedbackRequest,
        responseType: 'stream',
        redirect: 'manual', // following a 307 would post the key to its target
        retry: 0, // ofetch's own retry knows neither Retry-After nor our outbox
        ignoreResponseError: true, // the body says what happened, regardless of the status
        signal,
      })
      const body = response.body ? await readBounded(response.body) : ''
      return outcomeOf(response.status, response.headers.get('retry-after'), body, now())
    }
    try {
      return await untilAborted(exchange(), signal)
    } catch (error) {
      if (stop?.aborted) return stopped
      if (signal.aborted) return { kind: 'retryable', reason: 'timeout', detail: `no answer within ${timeout} ms` }
      return { kind: 'retryable', reason: 'network', detail: networkCode(error) }
    } finally {
      clearTimeout(expiry)
      stop?.removeEventListener('abort', cut)
    }
  }
}

/**
 * Reads an answer by the API's contract, regardless of the HTTP status, because statuses of failures are not
 * documented.
 */
export function outcomeOf(status: number, retryAfterHeader: string | null, body: string, now: number): Outcome {
  const answer = feedbackResponse.safeParse(parseJson(body)).data
  if (answer?.errorId === 0) return { kind: 'delivered', by: 'recorded' }
  const code = answer && 'errorCode' in answer ? codeOf(answer.errorCode) : undefined
  const description = (answer && 'errorDescription' in answer && answer.errorDescription) || ''
  const detail = `HTTP ${status}${code ? ` ${code}` : ', not an answer of the API'}`
  const named = [retryAfterHeader, answer && 'retry_after' in answer && answer.retry_after, afterSentence(description)]
  const retryAfter = named.map((value) => milliseconds(value, now)).find((ms) => ms !== undefined)
  const retryable = (reason: RetryReason): Outcome => ({
    kind: 'retryable',
    reason,
    detail,
    ...(retryAfter !== undefined && { retryAfter }),
  })

  if (code === 'ERROR_FEEDBACK_EXISTS') return { kind: 'delivered', by: 'exists' }
  if (code === 'ERROR_RATE_LIMIT' || status === 429) return retryable('rate-limit')
  if (code?.startsWith('ERROR_KEY') || status === 401 || status === 403) return retryable('key-rejected')
  if (code && status < 500) return { kind: 'dead', reason: code, detail }
  if (status < 300 || status >= 500 || status === 408 || status === 425) return retryable('unavailable')
  return { kind: 'dead', reason: `HTTP ${status}`, detail }
}

/** A code of another shape is not shown, because it may contain anything, even the key. */
const codeOf = (code: string) => (/^[A-Z0-9_]{1,64}$/.test(code) ? code : 'an unreadable code')

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function afterSentence(description: string): string | undefined {
  return /retry after (\d+(?:\.\d+)?)\s*s/i.exec(description)?.[1]
}

/** Converts seconds or an HTTP date to ms from now. */
function milliseconds(value: unknown, now: number): number | undefined {
  if (typeof value !== 'number' && (typeof value !== 'string' || value.trim() === '')) return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return seconds < 0 ? undefined : seconds * 1000
  const date = Date.parse(String(value))
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

async function readBounded(stream: ReadableStream<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > largestBody) return '' // leaving the loop cancels the rest
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString().replace(byteOrderMark, '')
}

/** Enforces the deadline even if an injected `fetch` ignores its signal. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Only the code (ECONNREFUSED, …), because the error also holds the request, and so the key. */
function networkCode(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
  }
  return 'network failure'
}
