/** Finds a refusal in one message, which is a sentence or an error code. */

import { otherCause, outage, possibleCauses } from './elsewhere.ts'
import { anyOr, anyRefusal, anySubject, isOfCaptcha, languages } from './languages.ts'

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
  readonly isWeak?: boolean | undefined
  /** Whether it is the state of the captcha, or a text for later, if the answer's own error is about something else. */
  readonly isAside?: boolean
  /** Whether it is the answer's own error. */
  readonly isOfAll?: boolean
  /** Whether it says that no token was checked. */
  readonly isOutage?: boolean
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

/** A status, or how often it was wrong: "captcha failed: 429", "wrong captchas: 0". */
const aNumber = /[:=：(（]\s*\d{1,3}\s*[)）]?$/

/** What in a message refuses the captcha: a vendor's code, or a clause with words for the captcha and for refusal. */
export function spokenIn(message: string, { isKnown, ...saying }: Saying): string | undefined {
  if (!mayRefuse(message, saying.isField)) return undefined
  const vendors = vendorCode.exec(message)?.[0]
  if (vendors !== undefined) return `code ${spelled(vendors)}`
  if (isOutage(message)) return undefined
  for (const [index, sentence] of sentencesOf(message).entries()) {
    if (possibleCauses.test(sentence)) return undefined
    if (/[?？؟]$/.test(sentence) || aNumber.test(sentence) || otherCause.test(sentence) || isKnown(sentence)) continue
    const says = refusedIn(clausesOf(sentence), { ...saying, isAsked: saying.isAsked && index === 0 })
    if (says !== undefined) return says
  }
  return undefined
}

/**
 * What in a sentence's clauses refuses the captcha. What follows a clause about something else may be about that, too:
 * "RUT, captcha incorrect". A request to solve one is just the next step after another cause.
 */
function refusedIn([first = '', ...others]: readonly string[], saying: Omit<Saying, 'isKnown'>): string | undefined {
  if (!isOfCaptcha(first)) return undefined
  const says = joinedIn(first, saying)
  if (says !== undefined || others.length === 0) return says
  return refusedIn(others, { ...saying, isAsked: saying.isAsked && first.search(anyRefusal) < 0 })
}

/**
 * The words for the captcha and for its refusal, if a clause has both. It tries all languages, whatever the page's is.
 */
function joinedIn(clause: string, { readsCode, isField, isAsked }: Omit<Saying, 'isKnown'>): string | undefined {
  const universal = captchaWord.exec(clause)?.[0]
  for (const { language, captcha, code, refused, asked } of languages) {
    const own = captcha?.exec(clause)?.[0] ?? (readsCode ? code?.exec(clause)?.[0] : undefined)
    const subject = universal ?? own ?? (isField ? 'captcha' : undefined)
    const refusal = refused.exec(clause)?.[0] ?? (isAsked ? asked?.exec(clause)?.[0] : undefined)
    if (subject !== undefined && refusal !== undefined)
      return `"${subject.toLowerCase()} … ${refusal.toLowerCase()}" (${language})`
  }
  return undefined
}

/** Separates clauses, unless the next one begins with "or". */
const betweenClauses = new RegExp(`(?:[,，、،;；|•]|\\s[–—-])\\s*(?!\\s|${anyOr.source})|(?=请|請|please\\s)`, 'iu')

/** A colon separates clauses, too, unless it follows the captcha: "Wrong captcha: 7fk2p". */
const clausesOf = (sentence: string): readonly string[] =>
  sentence.split(betweenClauses).flatMap((clause) => {
    const parts = clause.split(/:\s+|：/)
    return speaksOfCaptcha(parts[0] ?? '') ? clause : parts
  })

/** Whether a message says that no token was checked. */
export function isOutage(message: string): boolean {
  const rest = plain(message.replace(vendorCode, ''))
  return outage.test(isCode(message) ? wordsOf(rest) : rest)
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
    .split(/(?<=[.!?。！？؟])(?:\s+|(?=[^\s.!?\d]))/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')

const spelled = (code: string) => code.toLowerCase().replace(/[\s_]/g, '-')

/** Whether a text is an error code, such as `CAPTCHA_INVALID`, `invalidCaptcha` or `errors.captcha.invalid`. */
export const isCode = (text: string) => text.length <= 100 && /^[\w.:/-]+$/.test(text)

/** The words of a code or a name, without the names before the captcha's, as in `errors.captcha.invalid`. */
export const wordsOf = (text: string) =>
  text
    .replace(/^.*[./:[](?=[^./:[]*(?:captcha|turnstile))/i, '')
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_.:/[\]-]+/g, ' ')
    .trim()

/** Whether a name is the captcha's, and of nothing else, as `verifyCaptchaAndPay` is. */
export const isCaptchasName = (name: string) =>
  captchaWord.test(name) && isOfCaptcha(wordsOf(name).replace(/ key\b/i, ''))

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
  const words = wordsOf(text)
  const [english] = languages
  const captcha = captchaWord.exec(words)?.[0].toLowerCase() ?? english?.captcha?.exec(words)?.[0]
  if (captcha === undefined || english === undefined || !isOfCaptcha(words)) return undefined
  const refused = english.refused.exec(words)?.[0].toLowerCase()
  if (refused !== undefined) return `code "${captcha} … ${refused}"`
  return isNameEnough && bareCaptcha.test(words) && (isError || /err/i.test(words)) ? `error "${captcha}"` : undefined
}
