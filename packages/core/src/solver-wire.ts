/**
 * The contracts of the API's solving side: `createTask`, `getTaskResult` and `getBalance`. The library never calls
 * them. The sandbox implements them, and users pass the answer of `getTaskResult` as a token.
 */
import { z } from 'zod'

export const createTaskPath = '/createTask'
export const taskResultPath = '/getTaskResult'
export const balancePath = '/getBalance'

const clientKey = z.string().min(1)

/**
 * The request that the API itself sends to the site with the token. The vendor's list of its fields is not available:
 * these are the fields that a request needs. `{{token}}` is replaced with the token in the URL, the headers and the
 * body.
 */
export const forwardRequest = z.object({
  url: z.string().min(1),
  method: z.string().min(1).default('POST'),
  headers: z.record(z.string(), z.string()).default({}),
  /** An object is sent as JSON. */
  body: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
})

export type ForwardRequest = z.infer<typeof forwardRequest>

export const createTaskRequest = z.object({
  clientKey,
  task: z.looseObject({ type: z.string().min(1) }),
  forwardRequest: forwardRequest.optional(),
})

export type CreateTaskRequest = z.input<typeof createTaskRequest>

/** A site's answer to a {@link ForwardRequest}. */
export const forwardResponse = z.object({
  /** 0 if the request failed. Then `headers` and `body` are empty, and the token is unused. */
  statusCode: z.int().min(0),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  /** A sentence if the request failed. */
  error: z.string().nullable(),
})

export type ForwardResponse = z.infer<typeof forwardResponse>

const failure = z.object({
  errorId: z.int().refine((id) => id !== 0),
  errorCode: z.string().min(1),
  errorDescription: z.string().optional(),
})

export const createTaskResponse = z.union([z.object({ errorId: z.literal(0), taskId: z.string().min(1) }), failure])

export type CreateTaskResponse = z.infer<typeof createTaskResponse>

export const taskResultRequest = z.object({ clientKey, taskId: z.string().min(1) })

/** The result of a task that was not solved. It costs nothing. */
export const taskErrorCodes = ['ERROR_CAPTCHA_UNSOLVABLE', 'ERROR_TASK_TIMEOUT'] as const

export type TaskErrorCode = (typeof taskErrorCodes)[number]

export const taskResult = z.union([
  z.object({ errorId: z.literal(0), status: z.literal('processing') }),
  z.object({
    errorId: z.literal(0),
    status: z.literal('ready'),
    /** The token. */
    solution: z.object({ gRecaptchaResponse: z.string().min(1) }),
    /** Only with a `forwardRequest`. */
    forwardResponse: forwardResponse.optional(),
  }),
  failure,
])

export type TaskResult = z.infer<typeof taskResult>

/** `balance` is in credits; a solved task costs one. All keys of an account share it. */
export const balanceResponse = z.union([z.object({ errorId: z.literal(0), balance: z.number() }), failure])

export type BalanceResponse = z.infer<typeof balanceResponse>
