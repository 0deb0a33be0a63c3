/** The table of words as RegExps. */

import { anyOf } from './any-of.ts'
import { beside, things } from './beside.ts'
import { table } from './words.ts'

export const languages = table.map(({ language, captcha, code, refused, asked }) => ({
  language,
  captcha: captcha === undefined ? undefined : anyOf(captcha),
  code: code === undefined ? undefined : anyOf(code),
  refused: anyOf(refused),
  asked: asked === undefined ? undefined : anyOf(asked),
}))

const inAnyLanguage = (...words: readonly (string | undefined)[]) =>
  anyOf(words.filter((words) => words !== undefined).join('|'))

/** Any language's word for *or*. */
export const anyOr = inAnyLanguage(...table.map(({ or }) => or))

/** Any language's name for a captcha. */
export const anySubject = inAnyLanguage(...table.flatMap(({ captcha, code }) => [captcha, code]))

/** Any language's word of refusal, with its ending. */
export const anyRefusal = new RegExp(
  `(?:${inAnyLanguage(...table.flatMap(({ refused, asked }) => [refused, asked])).source})[\\p{sc=Latin}\\p{sc=Cyrillic}]*`,
  'giu',
)

const known = [
  // With their endings.
  `(?:${inAnyLanguage(...table.flatMap(({ captcha, code, refused, asked }) => [captcha, code, refused, asked])).source})[\\p{sc=Latin}\\p{sc=Cyrillic}]*`,
  '(?:re|h|m|fun)?captch?a(?:\\p{sc=Latin}{1,3}(?!\\p{L}))?|capcha|turnstile|geetest|altcha',
  inAnyLanguage(...table.map(({ or }) => or), ...Object.values(beside)).source,
  // What was entered.
  '[\\w-]*\\d[\\w-]*',
]
const allKnown = new RegExp(known.join('|'), 'giu')

const anyThing = anyOf(things)
const anyName = new RegExp(`captch?a|capcha|turnstile|geetest|altcha|${anySubject.source}`, 'iu')
const anyJoint = new RegExp(`${anyOr.source}|(?<=\\p{L})\\s*[&+/]\\s*(?=\\p{L})`, 'iu')

/** Whether a clause has no word but those that name a captcha, refuse it, or add nothing. */
export function isOfCaptcha(clause: string): boolean {
  if (/\p{L}/u.test(clause.replace(allKnown, ' '))) return false
  const parts = clause.split(anyJoint)
  return parts.length === 1 || parts.every((part) => anyName.test(part) || !anyThing.test(part))
}
