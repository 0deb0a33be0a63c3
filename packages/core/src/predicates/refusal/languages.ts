/** The table of words as RegExps. */

import { anyOf } from './any-of.ts'
import { table } from './words.ts'

export const languages = table.map(({ language, or, captcha, code, refused, asked }) => ({
  language,
  or: new RegExp(`${anyOf(or).source}|/`, 'giu'),
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
