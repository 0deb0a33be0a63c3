/** A token as it is found in texts, however it is encoded there. */

/** A shorter token (an image CAPTCHA's answer, such as "7") is only ever the whole value of a field. */
export const shortestUnique = 16

/** In place of the token. */
export const tokenMark = '\0'

/** Marks the token in a text, however it is encoded there; `undefined` where it is not in it. */
export function marking(token: string, mark: string = tokenMark): (text: string) => string | undefined {
  /** Reads the same in every encoding, and is found quickly. */
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

/** A character raw, percent-encoded by whichever rules, as a form has it, or escaped in JSON, in JSON in JSON too. */
function spellingsOf(character: string): string {
  if (/[\w-]/.test(character)) return character
  const raw = character.replace(/[.*+?^$()|[\]\\{}/]/, '\\$&')
  const percent = Array.from(Buffer.from(character), (byte) => {
    const [high = '', low = ''] = byte.toString(16).padStart(2, '0')
    return `%[${high}${high.toUpperCase()}][${low}${low.toUpperCase()}]`
  })
  const units = Array.from({ length: character.length }, (_, at) =>
    character.charCodeAt(at).toString(16).padStart(4, '0'),
  )
  const json = JSON.stringify(character)
    .slice(1, -1)
    .replace(/^\\+/, '')
    .replace(/[.*+?^$()|[\]\\{}/]/g, '\\$&')
  const escaped = units.map((unit) => `\\\\+u${unit.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`)}`)
  return `(?:\\\\*${raw}|\\\\+${json || raw}|${percent.join('')}|${escaped.join('')}${character === ' ' ? '|\\+' : ''})`
}

/** Whether a text has this token in it, in any spelling. A short one is no secret, and may be in any. */
export function holdsToken(token: string): (text: string) => boolean {
  if (token.length < shortestUnique) return () => false
  const marked = marking(token)
  return (text) => marked(text) !== undefined
}

/** Replaces the token in a text, in any spelling. */
export function replacing(token: string, standIn: string): (text: string) => string {
  const marked = marking(token, standIn)
  return (text) => marked(text) ?? text
}
