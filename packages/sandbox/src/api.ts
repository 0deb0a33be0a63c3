/** The emulator of `POST /feedbackTask`: the vendor's contract, without its network. */
import {
  type ErrorCode,
  type FeedbackResponse,
  feedbackPath,
  feedbackRequest,
  feedbackWindow,
} from '@regotcha-feedback/core/wire'
import { createFaults } from './fault.ts'
import { type Answer, errorPage, type Incoming, type Reply } from './loopback.ts'
import { createRateLimit, type RateLimit, rateLimited } from './rate-limit.ts'
import type { Tasks } from './tasks.ts'

/** A feedback that the API recorded. */
export interface RecordedFeedback {
  readonly taskId: string
  readonly valid: boolean
  /** When, in ms. */
  readonly at: number
  readonly clientKey: string
}

/** A request that reached the API's address, whatever became of it. */
export interface APIRequest {
  /** When its body had arrived, in ms. */
  readonly at: number
  readonly path: string
  readonly method: string
  /** `undefined`, like `valid`, when the body is not a feedback. */
  readonly taskId: string | undefined
  readonly valid: boolean | undefined
  /** `undefined` when the socket was destroyed or left silent before the status was sent. */
  readonly status: number | undefined
  /** As answered. */
  readonly errorCode: string | undefined
}

const keyed = feedbackRequest.pick({ clientKey: true })

export function createAPI({
  now,
  rateLimit,
  tasks,
}: {
  readonly now: () => number
  readonly rateLimit: RateLimit
  readonly tasks: Tasks
}) {
  const keys = new Set<string>()
  const feedback: RecordedFeedback[] = []
  const fed = new Set<string>()
  const requests: APIRequest[] = []
  const faults = createFaults()
  const waitOf = createRateLimit(rateLimit)

  function reply({ method, path, json }: Incoming, at: number): Reply {
    if (path !== feedbackPath) return errorPage(404)
    if (method !== 'POST') return { ...errorPage(405), headers: { allow: 'POST' } }
    if (json === undefined) return failure('ERROR_INVALID_TASK_DATA', 'The body is not JSON')

    const { clientKey = '' } = keyed.safeParse(json).data ?? {}
    if (!keys.has(clientKey)) return failure('ERROR_KEY_DOES_NOT_EXIST', 'Invalid API key')
    const wait = waitOf(clientKey, at)
    if (wait > 0) return rateLimited({ retryAfter: Math.ceil(wait / 1000) })

    const { data } = feedbackRequest.safeParse(json)
    if (!data) return failure('ERROR_INVALID_TASK_DATA', 'Missing or invalid taskId or result.valid')
    const { taskId, result } = data
    const task = tasks.find(taskId, clientKey)
    if (!task) return failure('ERROR_NO_SUCH_CAPCHA_ID', 'Task not found')
    // Before the window: a feedback that was recorded stays so for ever, also for who asks a day later.
    if (fed.has(taskId)) return failure('ERROR_FEEDBACK_EXISTS', 'Feedback for this task was already submitted')
    if (at - task.completedAt >= feedbackWindow) return failure('ERROR_FEEDBACK_EXPIRED', 'The window has closed')

    fed.add(taskId)
    feedback.push({ taskId, valid: result.valid, at, clientKey })
    return success(`Feedback recorded: token ${result.valid ? 'valid' : 'invalid'}`)
  }

  function handle(incoming: Incoming): Answer {
    const at = now()
    const answer = faults.meet(() => reply(incoming, at))
    requests.push({ at, path: incoming.path, method: incoming.method, ...sent(incoming), ...answered(answer) })
    return answer
  }

  return { handle, keys, feedback, requests, fault: faults.add }
}

const success = (message: string): Reply => ({ body: { errorId: 0, message } satisfies FeedbackResponse })

/** The vendor does not say which HTTP status goes with a failure: here 200, but for the rate limit's 429. */
const failure = (errorCode: ErrorCode, errorDescription: string): Reply => ({
  body: { errorId: 1, errorCode, errorDescription } satisfies FeedbackResponse,
})

function sent({ json }: Incoming) {
  const { data } = feedbackRequest.safeParse(json)
  return { taskId: data?.taskId, valid: data?.result.valid }
}

function answered(answer: Answer) {
  if (typeof answer === 'string') return { status: undefined, errorCode: undefined }
  const { status = 200, body } = answer
  const errorCode = typeof body === 'object' && 'errorCode' in body ? String(body.errorCode) : undefined
  return { status, errorCode }
}
