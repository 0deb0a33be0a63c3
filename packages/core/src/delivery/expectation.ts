import { fail } from 'node:assert/strict'
import { inspect } from 'node:util'

/** An expected value, as in test runners. A function is a condition that the value must satisfy. */
export function expect(actual: unknown) {
  const compare = (expected: unknown, isWhole: boolean) => {
    if (!matches(actual, expected, isWhole)) fail(`expected ${inspect(expected)}, got ${inspect(actual)}`)
  }
  return {
    toBe: (expected: unknown) => compare(expected, true),
    toEqual: (expected: unknown) => compare(expected, true),
    toMatchObject: (expected: unknown) => compare(expected, false),
    toHaveLength: (length: number) => compare({ length }, false),
  }
}

/** Whether a value has all of `expected` and, with `isWhole`, nothing else. `undefined` equals a missing property. */
function matches(actual: unknown, expected: unknown, isWhole: boolean): boolean {
  if (typeof expected === 'function') return expected(actual)
  if (typeof expected !== 'object' || typeof actual !== 'object' || !expected || !actual) return actual === expected
  if (Array.isArray(expected) && (!Array.isArray(actual) || actual.length !== expected.length)) return false
  const [own, wanted] = [actual, expected] as [Record<string, unknown>, Record<string, unknown>]
  const keys = new Set([...Object.keys(expected), ...(isWhole ? Object.keys(actual) : [])])
  return [...keys].every((key) => matches(own[key], wanted[key], isWhole))
}
