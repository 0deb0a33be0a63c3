/** Hosts and sites of URLs, and URLs without their secrets. */

export const isWeb = (url: string) => url.startsWith('http')

/** Whether this is the URL of a browser's error page, shown when a page could not be loaded. */
export const isErrorPage = (url: string) => /^(?:chrome-error:|about:neterror)/.test(url)

export const hostOf = (url: string) => (isWeb(url) ? URL.parse(url)?.host : undefined)

/** The last two labels of a URL's host, or the whole host if it is an IP address. */
export function siteOf(url: string): string | undefined {
  const host = hostOf(url)
  return host && !/^[\d.]+(?::\d+)?$|^\[/.test(host) ? host.split('.').slice(-2).join('.') : host
}

export const withoutHash = (url: string) => url.split('#', 1)[0]

/**
 * A URL without what may be secret: credentials, the values of its query and fragment, path segments long enough to be
 * a token, and whatever `isSecret` recognises.
 */
export function publicUrl(url: string, isSecret: (text: string) => boolean = () => false): string {
  const parsed = URL.parse(url)
  if (!parsed) return '(not a URL)'
  const hidden = (text: string) => text.length >= 48 || isSecret(text) || isSecret(decoded(text))
  const publicPath = (text: string) => {
    const path = text.split('/').map((segment) => (hidden(segment) ? '…' : segment))
    return isSecret(decoded(path.join('/'))) ? '/…' : path.join('/')
  }
  const publicQuery = (query: string) =>
    [...new Set(new URLSearchParams(query).keys())].map((name) => (hidden(name) ? '…' : `${name}=…`)).join('&')
  const publicFragment = (fragment: string) => {
    const [route = '', query] = fragment.split('?', 2)
    if (query !== undefined) return `${publicPath(route)}?${publicQuery(query)}`
    return fragment.includes('=') ? publicQuery(fragment) : publicPath(fragment)
  }
  const { origin, protocol, host, pathname, search, hash } = parsed
  const base = origin === 'null' ? `${protocol}//${host}` : origin
  const tail = [search && `?${publicQuery(search)}`, hash && `#${publicFragment(hash.slice(1))}`]
  return `${base}${publicPath(pathname)}${tail.join('')}`
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
