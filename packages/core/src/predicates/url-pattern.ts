/** Patterns of URLs, for `url()` and for rules by site. */

/** A glob as in Playwright (`*` does not match slashes; `**`, `{a,b}`), a RegExp, or a function of the URL. */
export type UrlPattern = string | RegExp | ((url: URL) => boolean)

export const aUrlPattern =
  "a glob of a whole URL, such as '**/dashboard' or 'https://site.example/**', a RegExp or a function"

/** Whether a value is a {@link UrlPattern} that can match a whole URL, which begins with a scheme and `://`. */
export function isUrlPattern(value: unknown): boolean {
  if (value instanceof RegExp) return !/^\^\\?\//.test(value.source)
  if (typeof value !== 'string') return typeof value === 'function'
  const [start = ''] = value.split('**', 1)
  const mayGoOn = start !== value && ['http://', 'https://'].some((scheme) => scheme.startsWith(start))
  return mayGoOn || /^(?:[a-z*{][\w+.,*{}-]*):\/\/./i.test(start !== value ? `${start}*` : value)
}

export function urlPattern(expected: UrlPattern): (url: string) => boolean {
  if (typeof expected === 'function') return (url) => expected(new URL(url))
  if (typeof expected !== 'string') return (url) => matches(expected, url)
  const globs = partsOf(expected).map((part) => (part === undefined ? undefined : fromGlob(part)))
  return (url) => {
    const parts = partsOf(url)
    return globs.every((glob, i) => glob === undefined || matches(glob, parts[i] ?? ''))
  }
}

/**
 * A URL or a glob in the parts that are compared one by one, so that `**` in a path does not match a query, which may
 * name other URLs: the path, its query, the fragment and the fragment's own query.
 */
function partsOf(url: string): readonly (string | undefined)[] {
  const at = url.includes('#') ? url.indexOf('#') : url.length
  return [url.slice(0, at), url.slice(at)].flatMap((part) => {
    const [path, ...query] = part.split('?')
    return [path === '' ? undefined : path, query.length > 0 ? query.join('?') : undefined]
  })
}

/** A RegExp with the flag `g` or `y` remembers where it stopped, so `lastIndex` is reset. */
export function matches(pattern: RegExp, value: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(value)
}

function fromGlob(glob: string): RegExp {
  const source = glob.replace(/\*\*\/?|\*|\{[^{}]*\}|[.+^$()|[\]\\?{}]/g, (part) => {
    if (part.startsWith('**')) return part.endsWith('/') ? '(?:.*/)?' : '.*'
    if (part === '*') return '[^/]*'
    if (part.length > 1) return `(?:${part.slice(1, -1).split(',').map(literally).join('|')})`
    return `\\${part}`
  })
  return new RegExp(`^${source}$`)
}

const literally = (text: string) => text.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&')
