/** Finds a token in a text, however it is encoded there. */

/** In characters. A shorter token (an image CAPTCHA's "7") only counts as the whole value of a field or header. */
export const shortestUnique = 16

/** Stands for the token in a marked text. */
export const tokenMark = '\0'

/** Returns a function that marks the token in a text, in any encoding. It returns `undefined` if the text lacks it. */
export function marking(token: string, mark: string = tokenMark): (text: string) => string | undefined {
  /** The longest part of the token that is the same in every encoding: a quick first check. */
  const plainest = (token.match(/[\w-]+/g) ?? ['']).reduce((longest, run) =>
    run.length > longest.length ? run : longest,
  )
  let spellings: RegExp | undefined
  return (text) => {
    if (!text.includes(plainest)) return undefined
    spellings ??= new RegExp(Array.from(token, spellingsOf).join(''), 'g')
    const marked = text.replace(spellings, () => mark)
    return marked === text ? undefined : marked
  }
}

/** A pattern for a character: raw, percent-encoded by any rules, form-encoded, or escaped in JSON, nested or not. */
function spellingsOf(character: string): string {
  if (/[\w-]/.test(character)) return character
  const raw = literally(character)
  const json = literally(JSON.stringify(character).slice(1, -1).replace(/^\\+/, ''))
  const percent = Array.from(Buffer.from(character), (byte) => `%${inHex(byte, 2)}`)
  const escaped = character.split('').map((unit) => `\\\\+u${inHex(unit.charCodeAt(0), 4)}`)
  return `(?:\\\\*${raw}|\\\\+${json || raw}|${percent.join('')}|${escaped.join('')}${character === ' ' ? '|\\+' : ''})`
}

const literally = (text: string) => text.replace(/[.*+?^$()|[\]\\{}/]/g, '\\$&')

/** A pattern for a number in hexadecimal digits of either case. */
const inHex = (number: number, digits: number) =>
  number
    .toString(16)
    .padStart(digits, '0')
    .replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)

/** Whether a text contains this token, in any encoding. Never for a short one, which is no secret. */
export function holdsToken(token: string): (text: string) => boolean {
  if (token.length < shortestUnique) return () => false
  const marked = marking(token)
  return (text) => marked(text) !== undefined
}

/** Replaces the token in a text, in any encoding. */
export function replacing(token: string, standIn: string): (text: string) => string {
  const marked = marking(token, standIn)
  return (text) => marked(text) ?? text
}
