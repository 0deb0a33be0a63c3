import { unlisted } from './unlisted.ts'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly domain: string
  readonly path?: string
  readonly expires?: number
}

interface CookieJar {
  cookies(): Promise<readonly Cookie[]>
}

/** A page of either library. */
export interface CookiePage {
  context?(): CookieJar
  browserContext?(): CookieJar
}

/** Those of the browser. It is asked, not the page. */
export async function cookiesOf(page: CookiePage): Promise<readonly Cookie[]> {
  const jar = (page.context ?? page.browserContext)?.call(page)
  return jar ? unlisted(jar, () => jar.cookies()) : []
}

/** Whether the browser sends it to a URL. */
export function isSentTo({ domain, path = '/' }: Cookie, url: string): boolean {
  const { hostname, pathname } = new URL(url)
  const isOfPath = pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'))
  return isOfPath && `.${hostname}`.endsWith(`.${domain.replace(/^\./, '')}`)
}

/** Whether it was among these. One that is set again, with its value, has another time to expire. */
export const isAmong = (cookie: Cookie, others: readonly Cookie[]) =>
  others.some((other) => traits.every((trait) => other[trait] === cookie[trait]))

const traits = ['name', 'value', 'domain', 'path', 'expires'] as const
