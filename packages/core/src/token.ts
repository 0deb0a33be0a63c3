import { z } from 'zod'
import { describe } from './options.ts'

/** A solver's solution. The token is in the field for its kind of captcha. */
export interface Solution {
  /** For reCAPTCHA, and with some solvers for hCaptcha. */
  readonly gRecaptchaResponse?: string | undefined
  /** For Turnstile and others. */
  readonly token?: string | undefined
  /** The answer of an image CAPTCHA. */
  readonly text?: string | undefined
}

/** A token: the string, the whole answer of `getTaskResult`, or its `solution`. */
export type Token = string | Solution | { readonly solution?: Solution | undefined }

const fields = ['gRecaptchaResponse', 'token', 'text'] as const satisfies readonly (keyof Solution)[]

/**
 * A schema for a {@link Token}; its output is the string.
 * @param what - describes the expected string in an error.
 * @param shortest - in characters. Default: 1.
 */
export const tokenSchema = (what: string, shortest = 1) =>
  z.custom<Token>().transform((given, context): string => {
    const token = stringIn(given)?.trim()
    if (token !== undefined && token.length >= shortest) return token
    const got = token === undefined ? shortcomingOf(given) : describe(token, true)
    context.issues.push({
      code: 'custom',
      message: `${what}, or getTaskResult's answer or its solution`,
      input: given,
      params: { got },
    })
    return z.NEVER
  })

function stringIn(given: unknown): string | undefined {
  if (typeof given === 'string') return given
  const { solution = given } = record(given)
  const values = record(solution)
  return fields.map((field) => values[field]).find((value) => typeof value === 'string' && value !== '') as
    | string
    | undefined
}

/** Says why an answer has no token. Only the API's own words are shown, because other values may be secret. */
function shortcomingOf(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return describe(given, true)
  const { status, errorCode } = record(given)
  if (typeof errorCode === 'string' && /^ERROR_[A-Z_]+$/.test(errorCode)) return `the failure ${errorCode}`
  return status === 'processing' ? 'an answer whose status is still "processing"' : 'an object without a solution'
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
