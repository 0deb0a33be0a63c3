import { z } from 'zod'
import { OptionError } from './error.ts'

/** Options whose values never appear in an error. */
const secrets: readonly PropertyKey[] = ['clientKey', 'token']

/**
 * Parses a caller's options, or throws an {@link OptionError} that names each wrong option.
 * A schema's error message says what was expected: `z.number('a positive number of ms')`. A custom issue may say in
 * `params.got` what it got.
 */
export function checkOptions<T extends z.ZodType>(caller: string, schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input, { reportInput: true })
  if (parsed.success) return parsed.data
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  throw new OptionError(`${caller}: ${parsed.error.issues.map((issue) => sentence(issue, known)).join('; ')}`)
}

/** Makes an error name the function that the user called, if that function calls another one. */
export function calledAs<T>(caller: string, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof OptionError)) throw error
    throw new OptionError(error.message.replace(/^[\w.]+(?=: )/, caller))
  }
}

function sentence(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys.map((key) => {
      const meant = issue.path.length === 0 && known.find((name) => isNear(name.toLowerCase(), key.toLowerCase()))
      return `\`${[...issue.path, key].join('.')}\`${meant ? ` (did you mean \`${meant}\`?)` : ''}`
    })
    return `unknown option ${unknown.join(', ')}`
  }
  const name = issue.path.length > 0 ? `\`${issue.path.join('.')}\`` : 'the argument'
  const secret = issue.path.length === 0 || issue.path.some((key) => secrets.includes(key))
  const { got = describe(issue.input, secret) } = (issue.code === 'custom' && issue.params) || {}
  return `${name}: expected ${issue.message}, got ${got}`
}

/** Whether two names differ by at most two letters that are missing, added or wrong. */
function isNear(a: string, b: string, most = 2): boolean {
  if (a === b) return true
  if (most === 0) return false
  let same = 0
  while (a[same] !== undefined && a[same] === b[same]) same++
  const [restA, restB] = [a.slice(same), b.slice(same)]
  const changes: [string, string][] = [
    [restA.slice(1), restB],
    [restA, restB.slice(1)],
    [restA.slice(1), restB.slice(1)],
  ]
  return changes.some(([a, b]) => isNear(a, b, most - 1))
}

/** Formats a value for an error, without secrets. */
export function describe(value: unknown, secret = false): string {
  if (value === undefined || value === null) return String(value)
  if (value === '') return 'an empty string'
  if (typeof value === 'string') {
    // What is long may be a token, such as one that was passed as a task id.
    return secret || value.length > 128 ? `a string of ${value.length} characters` : JSON.stringify(publicPart(value))
  }
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'function') return 'a function'
  const name = value.constructor?.name.replace(/^_+|\d+$/g, '') || 'object' // bundlers rename `Page` to `_Page`
  return `${/^[aeiou]/i.test(name) ? 'an' : 'a'} ${name}`
}

/** A URL's origin only, because the rest may contain a key. */
function publicPart(text: string): string {
  const { protocol, host = '' } = URL.parse(text) ?? {}
  const origin = `${protocol}//${host}`
  if (host) return text === origin ? text : `${origin}/…`
  return text.slice(0, 80).replace(/^.*@|[?#].*/gs, '…')
}

const aFunction = (value: unknown) => typeof value === 'function'

/** A schema for any function of type `F`. */
export const functionOf = <F>() => z.custom<F>(aFunction, 'a function')

/** Some 25 days: a longer timer would fire at once. */
const longestTimer = 2 ** 31 - 1

/** A schema for a positive number of milliseconds. */
export const milliseconds = () =>
  z
    .number('a positive number of ms')
    .positive('a positive number of ms')
    .transform((ms) => Math.min(ms, longestTimer))

const isWellFormed = (text: string) => text.isWellFormed()

/** A schema for non-empty text that can be sent and stored. */
export const text = (what: string) =>
  z.string(what).trim().min(1, what).refine(isWellFormed, `${what}, without half of a surrogate pair`)
