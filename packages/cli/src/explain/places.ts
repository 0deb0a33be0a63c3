/** Where in the browser each exchange was: its tab, its frame, the chain of redirects. */
import { type Exchange, headerOf } from './exchange.ts'
import type { Har } from './har.ts'

interface Frame {
  readonly isMain: boolean
}

export interface Tab {
  readonly main: Frame
  /** The first document asked for; of a tab that a form opened, the submission. */
  first?: Place
}

export interface Place {
  readonly exchange: Exchange
  /** `undefined` when it is of no tab that the recording knows. */
  readonly tab: Tab | undefined
  readonly frame: Frame
  /** The first hop of its redirect chain. */
  readonly chain: object
  /** When it was sent; never before the redirect that led to it. */
  readonly sentAt: number
  readonly answeredAt: number | undefined
}

export function placesOf({ exchanges, hasTabs }: Har): readonly Place[] {
  const tabs = new Map<string | undefined, ReturnType<typeof createTab>>()
  /** By where they lead: redirects that nothing has followed yet. */
  const redirects = new Map<string, Place[]>()

  return exchanges.map((exchange) => {
    const key = hasTabs ? exchange.pageref : 'the only one'
    const { tab, frameOf } = tabs.get(key) ?? createTab()
    tabs.set(key, { tab, frameOf })
    const from = redirects.get(withoutHash(exchange.url))?.pop()
    const sentAt = Math.max(exchange.sentAt, from?.answeredAt ?? 0)
    const answeredAt = exchange.answeredAt && Math.max(exchange.answeredAt, sentAt)
    const chain = from?.chain ?? exchange
    const frame = from?.frame ?? frameOf(exchange)
    const place: Place = { exchange, tab: key === undefined ? undefined : tab, frame, chain, sentAt, answeredAt }
    if (isDocument(exchange)) tab.first ??= place
    const { redirectedTo } = exchange
    if (redirectedTo) {
      const led = redirects.get(withoutHash(redirectedTo)) ?? []
      redirects.set(withoutHash(redirectedTo), [...led, place])
    }
    return place
  })
}

function createTab() {
  const main: Frame = { isMain: true }
  const tab: Tab = { main }
  const byRef = new Map<string, Frame>()
  const loads = new Set<string>()
  /** The frames within the page, by what they show. */
  const byURL = new Map<string, Frame>()

  /** Playwright tells the frame; elsewhere the document is known that asked, by the referer. */
  function frameOf(exchange: Exchange): Frame {
    const { frameref, pageref = '', requestHeaders, isFramed = loads.has(pageref) } = exchange
    if (frameref) {
      const isMain = exchange.isFramed === undefined ? byRef.size === 0 : !exchange.isFramed
      const frame = byRef.get(frameref) ?? (isMain ? main : { isMain: false })
      byRef.set(frameref, frame)
      return frame
    }
    const asking = byURL.get(headerOf(requestHeaders, 'referer'))
    if (!isDocument(exchange)) return asking ?? main
    loads.add(pageref)
    if (!isFramed) return main
    const frame = asking ?? { isMain: false }
    byURL.set(exchange.redirectedTo ?? exchange.url, frame)
    return frame
  }

  return { tab, frameOf }
}

export const isDocument = ({ resourceType }: Exchange) => resourceType === 'document'

const withoutHash = (url: string) => url.split('#', 1)[0] ?? url
