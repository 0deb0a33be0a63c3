/** Guesses from a text's shape whether it will be the same on the next visit. */

/** Typed text, in lower case. It varies between visits. */
export type Typed = readonly string[]

const months = '(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*'
const looksVarying = [
  /\d{3}/, // ids, times, amounts
  /\d.*\d/, // dates, counts
  /[\da-f]{8}/i, // hashes
  /@/, // addresses
  /%[\da-f]{2}/i,
  /\ufffd/, // what the recorder could not decode
  /^[\w-]{25,}$/, // tokens
  new RegExp(`\\b(?:\\d+ ${months}|${months} \\d+)\\b`, 'i'),
  /\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b/i,
  /\bgood (?:morning|afternoon|evening|night)\b|\bago\b/i,
]

/** Whether a text neither is nor contains something that varies. */
export function isSteady(text: string, typed: Typed): boolean {
  if (looksVarying.some((pattern) => pattern.test(text))) return false
  const lower = text.toLowerCase()
  return !typed.some((value) => value.length > 2 && lower.includes(value))
}
