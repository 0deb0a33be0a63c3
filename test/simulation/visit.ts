/** One visit: a site, a crawler, a host and predicates, played to its verdicts, which are held against the truth. */
import fc from 'fast-check'
import { Browser, Tab } from './browser.ts'
import type { Core } from './core.ts'
import { type Armed, crawlers, createCrawler } from './crawler.ts'
import { createHost, hosts } from './host.ts'
import { hear, type Judgement, judge } from './judgement.ts'
import { asksOf, choices } from './predicates.ts'
import { createServer } from './server.ts'
import { type Site, sites } from './site.ts'
import { createTime } from './time.ts'
import { createVendor } from './vendor.ts'

export const visits = fc.record({
  /** Of the first token, of one that is sent after it, and of one on another page. */
  goods: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  site: sites,
  crawler: crawlers,
  host: hosts,
  asks: choices,
})

export type Visit = typeof visits extends fc.Arbitrary<infer T> ? T : never

export interface Played {
  readonly armed: readonly Armed[]
  readonly judgements: readonly Judgement[]
  /** Whether the user asked what tells success from refusal on this site. */
  readonly isSensible: boolean
  /** What the user asked, in words. */
  readonly asked: string
}

/** Plays a visit to the end of its watches, telling what happens. Throws what core throws. */
export async function play(visit: Visit, core: Core, tell: (line: string) => void = () => {}): Promise<Played> {
  const { host: hostTraits, crawler: crawlerTraits, asks } = visit
  const site = {
    ...visit.site,
    tokens: crawlerTraits.knows === 'lookout' && visit.site.tokens === 'short' ? 'opaque' : visit.site.tokens,
  } as const
  const time = createTime()
  const log = (line: string) => tell(`+${time.now()} ms ${line}`)
  const vendor = createVendor(site.tokens, log)
  const shared: Site = {
    traits: site,
    time,
    shown({ token }, outcome) {
      const isPlain = outcome === 'success' || (outcome === 'captcha' && !['silence', 'status'].includes(site.refusal))
      if (token && isPlain) token.shownAt ??= time.now()
    },
  }
  const host = createHost(hostTraits, time, core, log)
  /** When the page first sent something to its site that may be a submission. */
  let sentAt = Number.POSITIVE_INFINITY
  const browser = new Browser(time, createServer(shared, vendor, log), (fact) => {
    if (fact.kind === 'request' && (fact.hop.sending.token || fact.hop.sending.method === 'POST'))
      sentAt = Math.min(sentAt, time.now())
    host.tell(fact)
  })

  const { accepted, rejected, isSilenceRejection, isSensible } = asksOf(site, crawlerTraits, asks)
  const crawler = createCrawler(crawlerTraits, {
    core,
    time,
    host,
    vendor,
    newTab: () => new Tab(browser),
    ask: () => hear(accepted?.make(core, site) ?? (() => false), rejected?.make(core, site), time.now),
    isSilenceRejection: isSilenceRejection && 'silence' in core.watchOptions.shape,
    goods: visit.goods,
    log,
  })

  // A URL that was known before the answer shows nothing, though the predicate holds.
  const isByUrl = accepted?.name.includes('url') === true
  // Pieces that are asked about while an earlier one is read have no part in its verdict.
  const isContradicted = ({ asked, at = 0 }: Armed) => asked.contradictedAt() < at - 50
  let isDone = false
  const running = crawler.run().finally(() => {
    isDone = true
  })
  // Who comes to a verdict before the site does is judged by what the site comes to.
  const isTrue = ({ token, verdict, at = 0 }: Armed) =>
    verdict?.kind === 'undecided' || token.truth !== 'unverified' || time.now() > at + 20_000
  await Promise.all([running, time.pass(() => isDone && crawler.armed.every((one) => one.verdict && isTrue(one)))])
  return {
    armed: crawler.armed,
    judgements: crawler.armed.map((one) => judge(one, (!isByUrl && isContradicted(one)) || (one.at ?? 0) < sentAt)),
    isSensible,
    asked: `acceptedWhen ${accepted?.name}, rejectedWhen ${rejected?.name ?? 'the default'}${isSilenceRejection ? ", silence 'rejected'" : ''}`,
  }
}
