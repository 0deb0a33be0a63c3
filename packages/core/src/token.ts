import { z } from 'zod'
import { describe } from './options.ts'

/** What a solver found. Its token stands in the field that the solver has for this kind of captcha. */
export interface Solution {
  /** Of reCAPTCHA, and with some solvers of hCaptcha. */
  readonly gRecaptchaResponse?: string | undefined
  /** Of Turnstile and others. */
  readonly token?: string | undefined
  /** An image CAPTCHA's answer. */
  readonly text?: string | undefined
}

/** A token, alone or as a solver hands it over: `getTaskResult`'s whole answer, or its `solution`. */
export type Token = string | Solution | { readonly solution?: Solution | undefined }

const fields = ['gRecaptchaResponse', 'token', 'text'] as const satisfies readonly (keyof Solution)[]

/**
 * A schema for a {@link Token}; its output is the string.
 * @param what - the expected string, in an error's words.
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

/** Why an answer has no token in it. Its values may be secret, but for what the API says by its own words. */
function shortcomingOf(given: unknown): string {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return describe(given, true)
  const { status, errorCode } = record(given)
  if (typeof errorCode === 'string' && /^ERROR_[A-Z_]+$/.test(errorCode)) return `the failure ${errorCode}`
  return status === 'processing' ? 'an answer whose status is still "processing"' : 'an object without a solution'
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
