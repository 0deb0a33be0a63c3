/** The API emulator: the vendor's contract, on this machine. All endpoints share a key's rate limit. */
import { balancePath, createTaskPath, taskResultPath, taskResultRequest } from '@regotcha-feedback/core/solver-wire'
import {
  type ErrorCode,
  type FeedbackResponse,
  feedbackPath,
  feedbackRequest,
  feedbackWindow,
} from '@regotcha-feedback/core/wire'
import { answerUnder, type Fault } from './fault.ts'
import { type Answer, errorPage, type Incoming, type Reply } from './loopback.ts'
import { createRateLimit, type RateLimit, rateLimited } from './rate-limit.ts'
import type { createSolver } from './solver.ts'
import type { Tasks } from './tasks.ts'
import { createUpcoming } from './upcoming.ts'

/** A feedback that the API recorded. */
export interface RecordedFeedback {
  readonly taskId: string
  readonly valid: boolean
  /** When, in ms. */
  readonly at: number
  readonly clientKey: string
}

/** A request that reached the API, regardless of its result. */
export interface APIRequest {
  /** When its body was complete, in ms. */
  readonly at: number
  readonly path: string
  readonly method: string
  /** The task of a feedback or `getTaskResult`. */
  readonly taskId: string | undefined
  /** The verdict of a feedback. */
  readonly valid: boolean | undefined
  /** `undefined` if the socket was destroyed or stalled before the status was sent. */
  readonly status: number | undefined
  /** The error code in the answer. */
  readonly errorCode: string | undefined
}

const keyed = feedbackRequest.pick({ clientKey: true })

export function createAPI({
  now,
  rateLimit,
  tasks,
  solver,
}: {
  readonly now: () => number
  readonly rateLimit: RateLimit
  readonly tasks: Tasks
  readonly solver: ReturnType<typeof createSolver>
}) {
  const keys = new Set<string>()
  const feedback: RecordedFeedback[] = []
  const fed = new Set<string>()
  const requests: APIRequest[] = []
  const faults = createUpcoming<Fault>()
  const waitOf = createRateLimit(rateLimit)
  const endpoints: Readonly<Record<string, (json: unknown, at: number) => object>> = {
    [feedbackPath]: record,
    [createTaskPath]: solver.create,
    [taskResultPath]: solver.result,
    [balancePath]: solver.balance,
  }

  function reply({ method, path, json }: Incoming, at: number): Reply {
    const endpoint = endpoints[path]
    if (!endpoint) return errorPage(404)
    if (method !== 'POST') return { ...errorPage(405), headers: { allow: 'POST' } }
    if (json === undefined) return { body: failure('ERROR_INVALID_TASK_DATA', 'The body is not JSON') }

    const { clientKey = '' } = keyed.safeParse(json).data ?? {}
    if (!keys.has(clientKey)) return { body: failure('ERROR_KEY_DOES_NOT_EXIST', 'Invalid API key') }
    const wait = waitOf(clientKey, at)
    if (wait > 0) return rateLimited({ retryAfter: Math.ceil(wait / 1000) })

    solver.advance(at)
    return { body: endpoint(json, at) }
  }

  function record(json: unknown, at: number): FeedbackResponse {
    const { data } = feedbackRequest.safeParse(json)
    if (!data) return failure('ERROR_INVALID_TASK_DATA', 'Missing or invalid taskId or result.valid')
    const { clientKey, taskId, result } = data
    const task = tasks.find(taskId, clientKey)
    if (!task) return failure('ERROR_NO_SUCH_CAPCHA_ID', 'Task not found')
    // Checked before the 24 hours, because recorded feedback stays recorded, also after a day.
    if (fed.has(taskId)) return failure('ERROR_FEEDBACK_EXISTS', 'Feedback for this task was already submitted')
    if (at - task.completedAt >= feedbackWindow) return failure('ERROR_FEEDBACK_EXPIRED', 'The window has closed')

    fed.add(taskId)
    feedback.push({ taskId, valid: result.valid, at, clientKey })
    return { errorId: 0, message: `Feedback recorded: token ${result.valid ? 'valid' : 'invalid'}` }
  }

  function handle(incoming: Incoming): Answer {
    const at = now()
    const answer = answerUnder(faults.take(), () => reply(incoming, at))
    requests.push({ at, path: incoming.path, method: incoming.method, ...sent(incoming), ...answered(answer) })
    return answer
  }

  return { handle, keys, feedback, requests, fault: faults.add }
}

/** The vendor does not document the HTTP status of failures: here it is 200, except 429 for the rate limit. */
const failure = (errorCode: ErrorCode, errorDescription: string): FeedbackResponse => ({
  errorId: 1,
  errorCode,
  errorDescription,
})

function sent({ json }: Incoming) {
  return {
    taskId: taskResultRequest.safeParse(json).data?.taskId,
    valid: feedbackRequest.safeParse(json).data?.result.valid,
  }
}

function answered(answer: Answer) {
  if (typeof answer === 'string') return { status: undefined, errorCode: undefined }
  const { status = 200, body } = answer
  const errorCode = typeof body === 'object' && 'errorCode' in body ? String(body.errorCode) : undefined
  return { status, errorCode }
}
