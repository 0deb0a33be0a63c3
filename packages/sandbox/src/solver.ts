/** Emulates `createTask`, `getTaskResult` and `getBalance`. Tasks progress with the sandbox's clock, without timers. */
import {
  type BalanceResponse,
  type CreateTaskResponse,
  createTaskRequest,
  type ForwardRequest,
  type TaskErrorCode,
  type TaskResult,
  taskErrorCodes,
  taskResultRequest,
} from '@regotcha-feedback/core/solver-wire'
import { forward } from './forward.ts'
import { newTaskId, newToken, type Tasks } from './tasks.ts'
import { createUpcoming } from './upcoming.ts'

/** How a task of `createTask` is solved. */
export interface Solving {
  /** How long `getTaskResult` answers `processing`, in ms of the sandbox's clock; default 0. */
  readonly processing?: number
  /** The task fails with this code, at no cost, instead of being solved. */
  readonly error?: TaskErrorCode
  /** Whether the sites accept the token; default `true`. */
  readonly valid?: boolean
  /** Default: long, and shaped like reCAPTCHA's. */
  readonly token?: string
}

export function checkSolving({ processing = 0, error, valid = true }: Solving): void {
  if (!(processing >= 0)) throw new TypeError(`scriptTask: \`processing\`: expected ms from 0, got ${processing}`)
  if (error !== undefined && !taskErrorCodes.includes(error))
    throw new TypeError(`scriptTask: \`error\`: expected one of ${taskErrorCodes.join(', ')}, got ${error}`)
  if (typeof valid !== 'boolean') throw new TypeError(`scriptTask: \`valid\`: expected true or false, got ${valid}`)
}

interface Job {
  readonly taskId: string
  readonly clientKey: string
  readonly dueAt: number
  readonly solving: Solving
  readonly forwardRequest: ForwardRequest | undefined
  result: TaskResult
}

export function createSolver({ tasks, credits }: { readonly tasks: Tasks; readonly credits: number }) {
  const upcoming = createUpcoming<Solving>()
  const jobs = new Map<string, Job>()
  /** Tasks that are not solved yet. */
  const waiting = new Set<Job>()
  const closing = new AbortController()
  let balance = credits

  function finish(job: Job): void {
    waiting.delete(job)
    const { taskId, clientKey, dueAt, solving, forwardRequest } = job
    const { error, valid = true, token = newToken() } = solving
    if (error) {
      job.result = failure(error, sentences[error])
      return
    }
    balance -= 1
    tasks.issue({ taskId, clientKey, token, valid, completedAt: dueAt })
    const ready = { errorId: 0, status: 'ready', solution: { gRecaptchaResponse: token } } as const
    if (!forwardRequest) job.result = ready
    else
      void forward(forwardRequest, token, closing.signal).then((forwardResponse) => {
        job.result = { ...ready, forwardResponse }
      })
  }

  /** Solves the tasks that are due. */
  function advance(at: number): void {
    for (const job of waiting) if (job.dueAt <= at) finish(job)
  }

  return {
    /** Scripts the next `times` tasks. */
    script: upcoming.add,

    advance,

    create(request: unknown, at: number): CreateTaskResponse {
      const { data } = createTaskRequest.safeParse(request)
      if (!data) return failure('ERROR_INVALID_TASK_DATA', 'Missing or invalid task')
      if (balance <= 0) return failure('ERROR_ZERO_BALANCE', 'No credits left')
      const taskId = newTaskId()
      const solving = upcoming.take() ?? {}
      const job: Job = {
        taskId,
        clientKey: data.clientKey,
        dueAt: at + (solving.processing ?? 0),
        solving,
        forwardRequest: data.forwardRequest,
        result: { errorId: 0, status: 'processing' },
      }
      jobs.set(taskId, job)
      waiting.add(job)
      advance(at)
      return { errorId: 0, taskId }
    },

    /** Another key's task counts as unknown. */
    result(request: unknown): TaskResult {
      const { data } = taskResultRequest.safeParse(request)
      const job = data && jobs.get(data.taskId)
      if (!job || job.clientKey !== data.clientKey) return failure('ERROR_NO_SUCH_TASK', 'Task ID not found or expired')
      return job.result
    },

    balance: (): BalanceResponse => ({ errorId: 0, balance }),

    close: () => closing.abort(),
  }
}

const failure = (errorCode: string, errorDescription: string) => ({ errorId: 1, errorCode, errorDescription })

const sentences: Readonly<Record<TaskErrorCode, string>> = {
  ERROR_CAPTCHA_UNSOLVABLE: 'Captcha could not be solved',
  ERROR_TASK_TIMEOUT: 'Task exceeded maximum processing time',
}
