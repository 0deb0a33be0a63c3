/** What one message says: a sentence or the name of an error. */

import { inGeneral, otherCause, outage } from './elsewhere.ts'
import { anySubject, languages } from './words.ts'

/** What holds of a whole answer. */
export interface Whole {
  /** The page showed this sentence before. */
  readonly isKnown: (sentence: string) => boolean
  /** A code in it can be no other than the captcha's. */
  readonly readsCode: boolean
}

export interface Refusal {
  readonly text: string
  readonly says: string
}

const captchaWord = /captcha|capcha|turnstile|geetest|altcha/i

/** The vendors' codes for a token that was looked at. https://developers.google.com/recaptcha/docs/verify and its kin */
const vendorCode =
  /(?<![a-z])(?:(?:invalid|expired|already[-_ ]seen)[-_ ]input[-_ ]response|(?:already|invalid[-_ ]or[-_ ]already)[-_ ]seen[-_ ]response|timeout[-_ ]or[-_ ]duplicate|incorrect[-_ ]captcha[-_ ]sol|captcha[-_ ]timeout|solution[-_](?:invalid|timeout[-_]or[-_]duplicate)|response[-_](?:invalid|timeout|duplicate)|pass[-_ ]token[-_ ]expired?)(?![a-z])/i

export interface Saying extends Whole {
  /** The text is about the captcha, whether it says so or not. */
  readonly isField: boolean
  /** It is an error that the captcha is asked for. */
  readonly isAsked: boolean
}

export const anywhere = { isField: false, isAsked: false }

/** In characters; who says more does not refuse, but explain. */
export const longest = 400

/** Says what in a message refuses the captcha: a vendor's code, or a clause that joins a word for it with refusal. */
export function spokenIn(message: string, { isKnown, readsCode, isField, isAsked }: Saying): string | undefined {
  if (!mayRefuse(message, isField) || outage.test(plain(message))) return undefined
  const vendors = vendorCode.exec(message)?.[0]
  if (vendors !== undefined) return `code ${spelled(vendors)}`
  const sentences = sentencesOf(message)
  for (const [index, sentence] of sentences.entries()) {
    if (/[?？؟]$/.test(sentence) || otherCause.test(sentence) || inGeneral.test(sentence) || isKnown(sentence)) continue
    for (const { clause, isWhole } of clausesOf(sentence)) {
      const says = joinedIn(clause, { readsCode, isField, isAsked: isAsked && index === 0 && isWhole })
      if (says !== undefined) return says
    }
  }
  return undefined
}

/** In one clause, what is refused and that it is. Another language's words in it are as good. */
function joinedIn(clause: string, { readsCode, isField, isAsked }: Omit<Saying, 'isKnown'>): string | undefined {
  const universal = captchaWord.exec(clause)?.[0]
  for (const { language, captcha, code, refused, asked } of languages) {
    const own = captcha?.exec(clause)?.[0] ?? (readsCode ? code?.exec(clause)?.[0] : undefined)
    const subject = universal ?? own ?? (isField ? 'captcha' : undefined)
    if (subject === undefined) continue
    const refusal = refused.exec(clause)?.[0] ?? (isAsked ? asked?.exec(clause)?.[0] : undefined)
    if (refusal !== undefined) return `"${subject.toLowerCase()} … ${refusal.toLowerCase()}" (${language})`
  }
  return undefined
}

/** Where one ends and another begins, but for one that goes on with *or*. */
const betweenClauses =
  /(?:[,，、،(（]|\s[–—-])\s*(?!\s|(?:or|o|ou|oder|of|lub|veya|или|або|nebo|eller|vagy|atau|hoặc)(?!\p{L})|または)/u
const errorWord = /^(?:error|warning|fehler|erreur|erro|errore|fout|błąd|hata|ошибка|помилка|错误|錯誤|エラー|오류)!?$/i

/**
 * "Login failed, please solve the captcha" refuses no captcha. One that is asked for must be all that a message begins
 * with: after another cause, or before a colon, it is the next step.
 */
function clausesOf(sentence: string): readonly { readonly clause: string; readonly isWhole: boolean }[] {
  return sentence.split(betweenClauses).map((clause, index) => {
    const [head = '', ...tail] = clause.split(/:\s+|：/)
    const isApart = tail.length > 0 && !speaksOfCaptcha(head)
    return {
      clause: isApart ? tail.join(' ') : clause,
      isWhole: index === 0 && !/[:：]$/.test(clause) && (!isApart || errorWord.test(head.trim())),
    }
  })
}

/** Most texts don't, and this tells before anything else is looked for. */
export const speaksOfCaptcha = (text: string) =>
  captchaWord.test(text) || vendorCode.test(text) || anySubject.test(text)

/** Short, and about a captcha. */
export function mayRefuse(message: string, isField: boolean): boolean {
  if (message.length > longest) return false
  if (isField || speaksOfCaptcha(message)) return true
  const said = plain(message)
  return said !== message && speaksOfCaptcha(said)
}

/** Without what somebody is quoted with. */
const plain = (text: string) =>
  text
    .replace(/[’‘`´]/g, "'")
    .replace(/[_\s]+/g, ' ')
    .replace(/["“„«「] ?[^"”“»」 ]+ [^"”“»」 ][^"”“»」]*["”“»」]/g, ' ')
    .trim()

export const sentencesOf = (text: string): readonly string[] =>
  plain(text)
    .split(/(?<=[.!?。！？؟])(?:\s+|(?=[^\s.!?\d]))|[;；|•]/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')

const spelled = (code: string) => code.toLowerCase().replace(/[\s_]/g, '-')

/** A name of an error, as programs write them: `CAPTCHA_INVALID`, `invalidCaptcha`, `errors.captcha.invalid`. */
export const isCode = (text: string) => text.length <= 100 && /^[\w.:/-]+$/.test(text)

/** That alone, as an error's name, says what the error is. */
const bareCaptcha =
  /^(?:err(?:or)? )?(?:re ?|h ?|google )?captcha(?: v\d)?(?: (?:err(?:or)?|check|token|response|verification|validation|code))?$|^(?:cf )?turnstile(?: err(?:or)?)?$/i

/**
 * The same of an error's name. `captcha_required` refuses nothing, even after a token was sent: a rate limit brings it
 * about, or a token in a field that the site does not read, and neither says that this token was looked at. The same
 * goes for a sentence, unless a validator says it of the captcha's own field.
 */
export function codeIn(text: string, isError: boolean): string | undefined {
  const code = vendorCode.exec(text)?.[0]
  if (code !== undefined) return `code ${spelled(code)}`
  const words = text
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .replace(/[_.:/-]+/g, ' ')
    .trim()
  if (otherCause.test(words) || outage.test(words) || inGeneral.test(words)) return undefined
  const captcha = captchaWord.exec(words)?.[0].toLowerCase() ?? languages[0]?.captcha?.exec(words)?.[0]
  if (captcha === undefined) return undefined
  const refused = languages[0]?.refused.exec(words)?.[0].toLowerCase()
  if (refused !== undefined) return `code "${captcha} … ${refused}"`
  return bareCaptcha.test(words) && (isError || /err/i.test(words)) ? `error "${captcha}"` : undefined
}
