/**
 * The contract of `POST {baseURL}/feedbackTask`, as the vendor publishes it. Client and sandbox share these schemas.
 * The API key travels in the body, and the polarity is `valid` (uCaptcha and CapSolver use `invalid` on the same path).
 */
import { z } from 'zod'

export const feedbackPath = '/feedbackTask'

/** The API takes feedback for this many ms after the task's completion. */
export const feedbackWindow = 24 * 60 * 60 * 1000

/** The codes that the vendor documents. The list may grow: an unknown code is a failure, too. */
export const errorCodes = [
  'ERROR_KEY_DOES_NOT_EXIST',
  'ERROR_INVALID_TASK_DATA',
  'ERROR_NO_SUCH_CAPCHA_ID',
  'ERROR_FEEDBACK_EXISTS',
  'ERROR_FEEDBACK_EXPIRED',
  'ERROR_RATE_LIMIT',
] as const

export type ErrorCode = (typeof errorCodes)[number]

export const feedbackRequest = z.object({
  clientKey: z.string().min(1),
  taskId: z.string().min(1),
  result: z.object({ valid: z.boolean() }),
})

export type FeedbackRequest = z.infer<typeof feedbackRequest>

/** Fields that the library does not need may be missing or differ from the documentation. */
const aside = <T>(schema: z.ZodType<T>) => schema.optional().catch(undefined)

const success = z.object({ errorId: z.literal(0), message: aside(z.string()) })

const failure = z.object({
  errorId: z.int().refine((id) => id !== 0),
  errorCode: z.string().min(1),
  errorDescription: aside(z.string()),
  /** Seconds. The vendor documents "a `retry_after` value", but not where it is. */
  retry_after: aside(z.union([z.number(), z.string()])),
})

export const feedbackResponse = z.union([success, failure])

export type FeedbackResponse = z.infer<typeof feedbackResponse>
