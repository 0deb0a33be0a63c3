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

/** A page of Playwright (`context`) or Puppeteer (`browserContext`). */
export interface CookiePage {
  context?(): CookieJar
  browserContext?(): CookieJar
}

/** The cookies of the page's browser context. This asks the browser, not the page. */
export async function cookiesOf(page: CookiePage): Promise<readonly Cookie[]> {
  const jar = (page.context ?? page.browserContext)?.call(page)
  return jar ? unlisted(jar, () => jar.cookies()) : []
}

/** Whether the browser sends the cookie to a URL. */
export function isSentTo({ domain, path = '/' }: Cookie, url: string): boolean {
  const { hostname, pathname } = new URL(url)
  const isOfPath = pathname === path || pathname.startsWith(path.replace(/\/?$/, '/'))
  return isOfPath && `.${hostname}`.endsWith(`.${domain.replace(/^\./, '')}`)
}

/** Whether a cookie is among `others`, unchanged. Setting it again changes at least its expiry time, if it has one. */
export const isAmong = (cookie: Cookie, others: readonly Cookie[]) =>
  others.some((other) => traits.every((trait) => other[trait] === cookie[trait]))

const traits = ['name', 'value', 'domain', 'path', 'expires'] as const
