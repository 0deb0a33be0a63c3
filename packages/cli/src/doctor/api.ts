import { type FeedbackRequest, feedbackPath, feedbackResponse } from '@regotcha-feedback/core/wire'
import { watchAPI } from '../api-watch.ts'
import { duration } from '../words.ts'
import { bad, type Finding, good, warning } from './finding.ts'

/** No task has such an id, so asking for it records nothing. */
const noTask = 'regotcha-feedback doctor: no such task'
const timeout = 10_000
/** The library leaves itself this much of the 24 hours. */
const tolerated = 60_000

/** Whether the API is there, takes the key, and has the same time: one request, that can't record anything. */
export async function checkAPI(baseURL: string, clientKey: string | undefined): Promise<Finding[]> {
  const { fetch, last } = watchAPI()
  const signal = AbortSignal.timeout(timeout)
  let answer: unknown
  try {
    const response = clientKey
      ? await fetch(baseURL + feedbackPath, { ...question(clientKey), redirect: 'manual', signal })
      : await fetch(baseURL, { method: 'HEAD', redirect: 'manual', signal })
    answer = await response.json()
  } catch {} // `last` knows why, or it was no JSON
  const exchange = last()
  if (exchange?.kind !== 'answered') {
    const code = exchange?.code ?? 'no answer'
    const advice = 'Check the network, a proxy or firewall, and REGOTCHA_BASE_URL if you set it.'
    return [bad('api', `${baseURL} cannot be reached: ${code}`, advice), ...(clientKey ? [] : [noKey])]
  }
  const { status, serverTime, ownTime, took } = exchange
  return [
    status < 500
      ? good('api', `${baseURL} answers in ${duration(took)}`)
      : bad(
          'api',
          `${baseURL} is out of order: HTTP ${status}`,
          'Nothing is lost: what is decided waits in the outbox. Try again later.',
        ),
    clientKey ? checkKey(status, answer) : noKey,
    ...(serverTime === undefined ? [] : [checkClock(ownTime - serverTime - 500, took)]), // its seconds are cut off
  ]
}

const question = (clientKey: string) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ clientKey, taskId: noTask, result: { valid: false } } satisfies FeedbackRequest),
})

const noKey = bad('key', 'none is set', 'Set REGOTCHA_CLIENT_KEY to your API key.')

function checkKey(status: number, answer: unknown): Finding {
  const { data } = feedbackResponse.safeParse(answer)
  const code = data && 'errorCode' in data ? data.errorCode : undefined
  if (code?.startsWith('ERROR_KEY') || status === 401 || status === 403) {
    const advice = 'Copy the key again from your Regotcha account. What is decided waits in the outbox meanwhile.'
    return bad('key', `the API refuses it (${code ?? `HTTP ${status}`})`, advice)
  }
  if (code === 'ERROR_RATE_LIMIT' || status === 429) {
    return warning(
      'key',
      'not known: its rate limit is reached',
      'Try again in a minute; if it stays so, lower `pace`.',
    )
  }
  if (data && (code === undefined || /CAPCHA_ID|FEEDBACK/.test(code))) return good('key', 'the API accepts it')
  const said = code ?? `HTTP ${status}, not an answer of the API`
  return warning('key', `not known: the API said ${said}`, 'Is REGOTCHA_BASE_URL right? Else try again later.')
}

function checkClock(ahead: number, took: number): Finding {
  const off = Math.abs(ahead)
  if (off <= tolerated + took) return good('clock', 'agrees with the API’s')
  const found = `${duration(off)} ${ahead > 0 ? 'ahead of' : 'behind'} the API’s`
  return bad('clock', found, 'Let the system set its clock (NTP): deadlines and pace are reckoned by it.')
}
