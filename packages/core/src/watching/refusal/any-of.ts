/** These write no spaces between words, or join articles and endings to them. */
const joined = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Arabic}]/u

/**
 * Finds any of these words: literals, separated by `|`, whole words unless they end in `*`. The longest comes first, and
 * nothing repeats, so it takes linear time whatever the text is.
 */
export function anyOf(words: string): RegExp {
  const literals = words
    .split('|')
    .sort((one, other) => other.length - one.length)
    .map((word) => {
      const literal = word.replace(/\*$/, '').replace(/[.+?^$()[\]\\{}*]/g, '\\$&')
      if (joined.test(word)) return literal
      return `(?<!\\p{L})${literal}${word.endsWith('*') ? '' : '(?!\\p{L})'}`
    })
  return new RegExp(literals.join('|'), 'iu')
}
