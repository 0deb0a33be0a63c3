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
export const cookiesOf = async (page: CookiePage) =>
  (await (page.context ?? page.browserContext)?.call(page).cookies()) ?? []

export const isOfHost = ({ domain }: Cookie, hostname: string) =>
  `.${hostname}`.endsWith(`.${domain.replace(/^\./, '')}`)

/** Whether it was among these. One that is set again, with its value, has another time to expire. */
export const isAmong = (cookie: Cookie, others: readonly Cookie[]) =>
  others.some((other) => traits.every((trait) => other[trait] === cookie[trait]))

const traits = ['name', 'value', 'domain', 'path', 'expires'] as const
