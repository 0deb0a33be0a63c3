/** Scripts that write no spaces between words, or attach articles and endings to them. */
const joined = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Arabic}]/u

/**
 * Matches any of these words: literals separated by `|`, as whole words unless they end in `*`. The longest comes
 * first, and nothing repeats, so matching takes linear time on any text.
 */
export function anyOf(words: string): RegExp {
  const all = words.split('|').sort((one, other) => other.length - one.length)
  const apart = all
    .filter((word) => !joined.test(word))
    .map((word) => (word.endsWith('*') ? literally(word) : `${literally(word)}(?!\\p{L})`))
  const within = all.filter((word) => joined.test(word)).map(literally)
  return new RegExp([...(apart.length > 0 ? [`(?<!\\p{L})(?:${apart.join('|')})`] : []), ...within].join('|'), 'iu')
}

const literally = (word: string) => word.replace(/\*$/, '').replace(/[.+?^$()[\]\\{}]/g, '\\$&')
