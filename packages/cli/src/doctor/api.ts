import { type FeedbackRequest, feedbackPath, feedbackResponse } from '@regotcha-feedback/core/wire'
import { duration } from '../words.ts'
import { bad, type Finding, good, warning } from './finding.ts'

/** No task has this id, so the request records nothing. */
const noTask = 'regotcha-feedback doctor: no such task'
const timeout = 10_000
/** The library stops this long before the 24 hours are over, in ms. */
const tolerated = 60_000

/** Checks whether the API answers, accepts the key and has the same time, with one request that records nothing. */
export async function checkAPI(baseURL: string, clientKey: string | undefined): Promise<Finding[]> {
  const exchange = await ask(baseURL, clientKey)
  if (exchange.kind === 'failed') {
    const advice = 'Check the network, a proxy or firewall, and REGOTCHA_BASE_URL if you set it.'
    return [bad('api', `${baseURL} cannot be reached: ${exchange.code}`, advice), ...(clientKey ? [] : [noKey])]
  }
  const { status, answer, ahead, took } = exchange
  const patience = 'Nothing is lost: feedback waits in the outbox. Try again later.'
  return [
    status < 500
      ? good('api', `${baseURL} answers in ${duration(took)}`)
      : bad('api', `${baseURL} is failing: HTTP ${status}`, patience),
    clientKey ? checkKey(status, answer) : noKey,
    ...(ahead === undefined ? [] : [checkClock(ahead, took)]),
  ]
}

type Exchange =
  | {
      readonly kind: 'answered'
      readonly status: number
      readonly answer: unknown
      /** How far our clock is ahead of the server's, in ms, give or take a second. */
      readonly ahead: number | undefined
      readonly took: number
    }
  /** `code` as the system names it: ECONNREFUSED, ENOTFOUND, … */
  | { readonly kind: 'failed'; readonly code: string }

async function ask(baseURL: string, clientKey: string | undefined): Promise<Exchange> {
  const options = { redirect: 'manual', signal: AbortSignal.timeout(timeout) } as const
  const question = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      clientKey: clientKey ?? '',
      taskId: noTask,
      result: { valid: false },
    } satisfies FeedbackRequest),
  }
  const askedAt = Date.now()
  try {
    const response = clientKey
      ? await fetch(baseURL + feedbackPath, { ...question, ...options })
      : await fetch(baseURL, { method: 'HEAD', ...options })
    const took = Date.now() - askedAt
    const serverTime = Date.parse(response.headers.get('date') ?? '') + 500 // the header's seconds are cut off
    const ahead = Number.isNaN(serverTime) ? undefined : askedAt + took / 2 - serverTime
    const answer: unknown = await response.json().catch(() => undefined)
    return { kind: 'answered', status: response.status, answer, ahead, took }
  } catch (error) {
    return { kind: 'failed', code: codeOf(error) }
  }
}

/** Only the code: the error also holds the request, and so the key. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
    if (cause.name === 'TimeoutError') return `no answer within ${duration(timeout)}`
  }
  return 'network failure'
}

const noKey = bad('key', 'not set', 'Set REGOTCHA_CLIENT_KEY to your API key.')

function checkKey(status: number, answer: unknown): Finding {
  const { data } = feedbackResponse.safeParse(answer)
  const code = data && 'errorCode' in data ? data.errorCode : undefined
  if (code?.startsWith('ERROR_KEY') || status === 401 || status === 403) {
    const advice = 'Copy the key again from your Regotcha account. Until then, feedback waits in the outbox.'
    return bad('key', `the API refuses it (${code ?? `HTTP ${status}`})`, advice)
  }
  if (code === 'ERROR_RATE_LIMIT' || status === 429) {
    return warning(
      'key',
      'unknown: its rate limit is reached',
      'Try again in a minute. If it happens again, lower `pace`.',
    )
  }
  if (data && (code === undefined || /CAPCHA_ID|FEEDBACK/.test(code))) return good('key', 'the API accepts it')
  const said = code ?? `HTTP ${status}, which is not an API answer`
  return warning('key', `unknown: got ${said}`, 'Check REGOTCHA_BASE_URL, or try again later.')
}

function checkClock(ahead: number, took: number): Finding {
  const off = Math.abs(ahead)
  if (off <= tolerated + took) return good('clock', 'agrees with the API’s')
  const found = `${duration(off)} ${ahead > 0 ? 'ahead of' : 'behind'} the API’s`
  return bad('clock', found, 'Synchronise the system clock (NTP): deadlines and pace depend on it.')
}
