/** Finds a refusal in one message, which is a sentence or an error code. */

import { anyOf } from './any-of.ts'
import { contrast, inGeneral, otherCause, outage, possibleCauses } from './elsewhere.ts'
import { anyOr, anyRefusal, anySubject, languages } from './languages.ts'

/** What is known about the whole answer. */
export interface Whole {
  /** Whether the page already showed this sentence before the submission. */
  readonly isKnown: (sentence: string) => boolean
  /** Whether a word for a code can only mean the captcha's. */
  readonly readsCode: boolean
}

/** What a message says about the captcha. */
export interface Finding {
  readonly text: string
  /** What refuses the captcha. `undefined`: it is an error about something else. */
  readonly says?: string
  /**
   * Whether it only names the captcha, or asks to solve one. Beside an error about something else, that is just the
   * next step.
   */
  readonly isWeak?: boolean
}

/** What `read` finds in a message. It takes a name or a request only if `isWeak`. `isError`: whether it is an error. */
export function* findingsIn(
  text: string,
  isError: boolean,
  read: (isWeak: boolean) => string | undefined,
): Generator<Finding> {
  const strong = read(false)
  const says = strong ?? read(true)
  if (says !== undefined) yield { text, says, isWeak: strong === undefined }
  else if (isError && /\p{L}/u.test(text)) yield { text }
}

const captchaWord = /captcha|capcha|turnstile|geetest|altcha/i

/** The vendors' codes for a token that was checked, as in https://developers.google.com/recaptcha/docs/verify */
const vendorCode =
  /(?<![a-z])(?:(?:invalid|expired|already[-_]seen)[-_]input[-_]response|(?:invalid[-_]or[-_])?already[-_]seen[-_]response|timeout[-_]or[-_]duplicate|incorrect[-_]captcha[-_]sol|pass[-_]token[-_ ]expired?)(?![a-z])/i

export interface Saying extends Whole {
  /** Whether the text is about the captcha, even if it does not say so. */
  readonly isField: boolean
  /** Whether a request to solve the captcha counts as a refusal. */
  readonly isAsked: boolean
}

export const anywhere = { isField: false, isAsked: false }

/** In characters. A longer message explains rather than refuses. */
export const longest = 400

/** What in a message refuses the captcha: a vendor's code, or a clause with words for the captcha and for refusal. */
export function spokenIn(message: string, { isKnown, readsCode, isField, isAsked }: Saying): string | undefined {
  if (!mayRefuse(message, isField)) return undefined
  const vendors = vendorCode.exec(message)?.[0]
  if (vendors !== undefined) return `code ${spelled(vendors)}`
  if (outage.test(plain(message))) return undefined
  const sentences = sentencesOf(message)
  for (const [index, sentence] of sentences.entries()) {
    if (possibleCauses.test(sentence)) return undefined
    if (/[?？؟]$/.test(sentence) || otherCause.test(sentence) || inGeneral.test(sentence) || isKnown(sentence)) continue
    for (const { clause, isWhole } of clausesOf(sentence)) {
      const says = joinedIn(clause, { readsCode, isField, isAsked: isAsked && index === 0 && isWhole })
      if (says !== undefined) return says
    }
  }
  return undefined
}

/**
 * The words for the captcha and for its refusal, if a clause has both. It tries all languages, whatever the page's is.
 */
function joinedIn(clause: string, { readsCode, isField, isAsked }: Omit<Saying, 'isKnown'>): string | undefined {
  const universal = captchaWord.exec(clause)?.[0]
  let says: string | undefined
  for (const { language, or, captcha, code, refused, asked } of languages) {
    const own = captcha?.exec(clause)?.[0] ?? (readsCode ? code?.exec(clause)?.[0] : undefined)
    const subject = universal ?? own ?? (isField ? 'captcha' : undefined)
    if (subject === undefined) continue
    const refusal = refused.exec(clause)?.[0] ?? (isAsked ? asked?.exec(clause)?.[0] : undefined)
    if (refusal === undefined) continue
    if (isEither(clause, or)) return undefined
    says ??= `"${subject.toLowerCase()} … ${refusal.toLowerCase()}" (${language})`
  }
  return says
}

/**
 * Whether a clause names several causes: "RUT or captcha is wrong", "captcha invalid or page not found". An "or" does
 * not if it joins two words of refusal: "missing or invalid", "expired or was already used".
 */
const isEither = (clause: string, or: RegExp) =>
  clause
    .replace(anyRefusal, '#')
    .replace(or, '|')
    .replace(/#[\s,、，]*\|(?=\s*(?:\p{Ll}{1,3}\s+){0,2}#)/gu, '')
    .lastIndexOf('|') > 0

const but = anyOf(
  'but|however|pero|mas|aber|jedoch|mais|ma|però|maar|ale|ama|ancak|fakat|men|но|однако|але|nhưng|tetapi|namun|hanem|viszont|azonban|但|しかし|ですが|ましたが|하지만|지만|لكن|اما|ولی',
)
/** Separates clauses, unless the next one begins with "or". */
const betweenClauses = new RegExp(`(?:[,，、،(（]|\\s[–—-])\\s*(?!\\s|${anyOr.source})|${but.source}`, 'iu')
const errorWord = /^(?:error|warning|fehler|erreur|erro|errore|fout|błąd|hata|ошибка|помилка|错误|錯誤|エラー|오류)!?$/i

/**
 * "Login failed, please solve the captcha" refuses no captcha. A request to solve one counts only in the first clause
 * of a message: after another cause, or before a colon, it is just the next step.
 */
function clausesOf(sentence: string): readonly { readonly clause: string; readonly isWhole: boolean }[] {
  const clauses = sentence.split(betweenClauses).flatMap((clause) => clause.split(contrast))
  return clauses.map((clause, index) => {
    const [head = '', ...tail] = clause.split(/:\s+|：/)
    const isApart = tail.length > 0 && !speaksOfCaptcha(head)
    return {
      clause: isApart ? tail.join(' ') : clause,
      isWhole: index === 0 && !/[:：]$/.test(clause) && (!isApart || errorWord.test(head.trim())),
    }
  })
}

/** Whether a text mentions a captcha. Most don't, and this test is quick, so it comes first. */
export const speaksOfCaptcha = (text: string) =>
  captchaWord.test(text) || vendorCode.test(text) || anySubject.test(text)

/** Whether a message is short and about a captcha. */
export function mayRefuse(message: string, isField: boolean): boolean {
  if (message.length > longest) return false
  if (isField || speaksOfCaptcha(message)) return true
  const said = plain(message)
  return said !== message && speaksOfCaptcha(said)
}

/** Normalises apostrophes and white space, and removes quotations, and URLs and their paths. */
const plain = (text: string) =>
  text
    .replace(/[’‘`´]/g, "'")
    .replace(/(?<!\w)(?:https?:\/)?\/[\w./?&=%#:-]+/gi, ' ')
    .replace(/[_\s]+/g, ' ')
    .replace(/["“„«「] ?[^"”“»」 ]+ [^"”“»」 ][^"”“»」]*["”“»」]/g, ' ')
    .trim()

export const sentencesOf = (text: string): readonly string[] =>
  plain(text)
    .split(/(?<=[.!?。！？؟])(?:\s+|(?=[^\s.!?\d]))|[;；|•]/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')

const spelled = (code: string) => code.toLowerCase().replace(/[\s_]/g, '-')

/** Whether a text is an error code, such as `CAPTCHA_INVALID`, `invalidCaptcha` or `errors.captcha.invalid`. */
export const isCode = (text: string) => text.length <= 100 && /^[\w.:/-]+$/.test(text)

/** Codes that name only the captcha. As the code of an error, that is a refusal. */
const bareCaptcha =
  /^(?:err(?:or)? )?(?:re ?|h ?|google )?captcha(?: v\d)?(?: (?:err(?:or)?|check|token|response|verification|validation|code))?$|^(?:cf )?turnstile(?: err(?:or)?)?$/i

/**
 * What in an error code refuses the captcha. `captcha_required` does not, even after a token was sent: it also follows
 * a rate limit, or a token in a field that the site does not read. Neither shows that this token was checked. The same
 * goes for a sentence, unless a validator says it about the captcha's own field.
 */
export function codeIn(text: string, isError: boolean, isNameEnough = true): string | undefined {
  const code = vendorCode.exec(text)?.[0]
  if (code !== undefined) return `code ${spelled(code)}`
  const words = text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_.:/-]+/g, ' ')
    .trim()
  if (otherCause.test(words) || outage.test(words) || inGeneral.test(words)) return undefined
  const [english] = languages
  const captcha = captchaWord.exec(words)?.[0].toLowerCase() ?? english?.captcha?.exec(words)?.[0]
  if (captcha === undefined || english === undefined || isEither(words, english.or)) return undefined
  const refused = english.refused.exec(words)?.[0].toLowerCase()
  if (refused !== undefined) return `code "${captcha} … ${refused}"`
  return isNameEnough && bareCaptcha.test(words) && (isError || /err/i.test(words)) ? `error "${captcha}"` : undefined
}
