/** A browser's library: tells of a browser what it is as far as, and in the order in which, such a library does. */
import fc from 'fast-check'
import type { ObservedRequest, ObservedResponse, Observer, Source } from '../../packages/core/src/page/source.ts'
import type { Frame, Tab } from './browser.ts'
import type { Core } from './core.ts'
import type { Answer, Fact, Hop } from './facts.ts'
import { mostly } from './odds.ts'
import type { Time } from './time.ts'

export const hosts = fc.record({
  library: fc.constantFrom('playwright', 'puppeteer', 'firefox'),
  /** How long Puppeteer (Playwright never) holds a response back, until it knows all its headers, in ms. What comes of it is told before. */
  holds: mostly(0, 120, 700),
  /** When there is the body of a response. */
  bodies: mostly('at once', 'late', 'lost', 'never'),
  /** Where it is told whose doing a page is. */
  origin: fc.constantFrom('header', 'history', 'referrer'),
  /** Whether the body of a request is fetched, as Puppeteer does in Firefox. */
  fetchesBodies: fc.boolean(),
  /** Whether the end of what was left is told after what it was left for. */
  failsLate: fc.boolean(),
  /** Whether a change of the URL is told twice: by the browser's event and by who looks at the URL. */
  tellsTwice: mostly(false, true),
})

export type HostTraits = typeof hosts extends fc.Arbitrary<infer T> ? T : never

export type Host = ReturnType<typeof createHost>

export function createHost(traits: HostTraits, time: Time, core: Core, log: (line: string) => void) {
  const { library } = traits
  const observers = new Map<Tab, Set<Observer>>()
  const heardOf = new WeakMap<Tab, readonly Observer[]>()
  const requests = new WeakMap<Hop, ObservedRequest>()
  /** By chain: when what was told of it last is told. Nothing of one chain overtakes. */
  const toldUntil = new WeakMap<object, number>()
  /** By frame: the URL that was told last. */
  const known = new WeakMap<Frame, string>()

  function tell(fact: Fact): void {
    const at = Math.max(time.now() + delayOf(fact), 'hop' in fact ? (toldUntil.get(fact.hop.chain) ?? 0) : 0)
    if ('hop' in fact) toldUntil.set(fact.hop.chain, at)
    if (at === time.now()) pass(fact)
    else time.after(at - time.now(), () => pass(fact))
    if (fact.kind === 'request' && library === 'firefox' && fact.hop.sending.method === 'POST') lookAt(fact.hop.frame)
    if (fact.kind !== 'navigated') return
    if (!fact.isWithin) known.set(fact.frame, fact.url)
    else if (library === 'firefox') time.after(500, () => fact.frame.document.url === fact.url && lookAt(fact.frame))
    else if (library === 'puppeteer' && traits.tellsTwice) time.after(0, () => pass(fact))
  }

  /** Firefox tells no `pushState`: the URL is looked at twice a second, and before there can be an answer. */
  function lookAt(frame: Frame): void {
    const { url } = frame.document
    if (!frame.isMain || known.get(frame) === url) return
    known.set(frame, url)
    pass({ kind: 'navigated', frame, url, isWithin: true }, true)
  }

  function delayOf(fact: Fact): number {
    if (fact.kind === 'response') return library === 'playwright' ? 0 : traits.holds
    return fact.kind === 'failed' && traits.failsLate ? 30 : 0
  }

  function pass(fact: Fact, isLook = false): void {
    if (fact.kind === 'navigated' && fact.isWithin && library === 'firefox' && !isLook) return
    const tab = 'tab' in fact ? fact.tab : 'hop' in fact ? fact.hop.frame.tab : fact.frame.tab
    if ('hop' in fact && fact.hop.isBeforePopup) {
      if (library !== 'playwright') return void openersOf(tab)
      for (const audience of observers.values()) for (const observer of audience) give(fact, observer)
      return
    }
    const audience = [...(observers.get(tab) ?? []), ...(tab.opener ? openersOf(tab) : [])]
    for (const observer of audience) give(fact, observer)
  }

  /** Who hears of a popup: those who listened when it was told, which Playwright does after its first navigation. */
  function openersOf(tab: Tab): readonly Observer[] {
    const its = heardOf.get(tab) ?? [...(observers.get(tab.opener as Tab) ?? [])]
    heardOf.set(tab, its)
    return its.filter((observer) => observers.get(tab.opener as Tab)?.has(observer))
  }

  function give(fact: Fact, observer: Observer): void {
    switch (fact.kind) {
      case 'request':
        log(`told: ${fact.hop.sending.method} ${fact.hop.sending.url}`)
        observer.request(requestOf(fact.hop))
        break
      case 'response':
        log(`told: ${fact.answer.status} ${fact.hop.sending.url}`)
        observer.response(responseOf(fact.hop, fact.answer))
        break
      case 'failed':
        log(`told: failed ${fact.hop.sending.url}`)
        observer.failed(requestOf(fact.hop))
        break
      case 'navigated': {
        const { frame, url } = fact
        log(`told: navigated ${frame.isMain ? '' : 'in a frame '}to ${url}`)
        const isPopup = frame.tab.opener !== undefined && observers.get(frame.tab)?.has(observer) !== true
        observer.navigated({ frame, isMainFrame: frame.isMain, isPopup, url, native: frame })
        break
      }
      case 'ended':
        log(`told: ${fact.how}`)
        observer.ended(fact.how)
    }
  }

  function requestOf(hop: Hop): ObservedRequest {
    const made = requests.get(hop) ?? makeRequest(hop)
    requests.set(hop, made)
    return made
  }

  function makeRequest(hop: Hop): ObservedRequest {
    const { chain, sending, frame, by, transition, referer, isBeforePopup } = hop
    const { url, method, type: resourceType } = sending
    const headers: Record<string, string> = { ...sending.headers, ...(referer && { referer }) }
    const whole = { ...headers, 'sec-fetch-site': by === 'page' ? 'same-origin' : 'none' }
    const all = traits.origin === 'header' ? whole : headers
    const isNavigation = resourceType === 'document'
    const isFetched = traits.fetchesBodies && library !== 'playwright' && sending.body !== undefined
    return {
      chain,
      url,
      method,
      resourceType,
      headers: library === 'playwright' ? headers : all,
      allHeaders: library === 'playwright' ? () => time.sleep(6).then(() => all) : undefined,
      transition: frame.isMain
        ? () => time.sleep(60).then(() => (traits.origin === 'referrer' ? undefined : transition))
        : undefined,
      body: isFetched ? undefined : sending.body,
      lateBody: isFetched ? () => time.sleep(90).then(() => sending.body) : undefined,
      frame: isBeforePopup ? undefined : frame,
      isNavigation,
      isUnattributed: isBeforePopup || frame.tab.opener !== undefined,
      native: hop,
    }
  }

  function responseOf(hop: Hop, answer: Answer): ObservedResponse {
    const { 'set-cookie': cookie, ...headers } = answer.headers
    const isHidden = library === 'playwright' && 'set-cookie' in answer.headers
    return {
      request: requestOf(hop),
      url: hop.sending.url,
      status: answer.status,
      headers: isHidden ? headers : answer.headers,
      allHeaders: library === 'playwright' ? () => time.sleep(6).then(() => answer.headers) : undefined,
      text: () => bodyOf(answer),
      native: answer,
    }
  }

  async function bodyOf({ body }: Answer): Promise<string> {
    if (traits.bodies === 'never') return new Promise(() => {})
    if (traits.bodies === 'late') await time.sleep(400)
    if (traits.bodies === 'lost') throw new Error('No data found for resource with given identifier')
    return body
  }

  return {
    tell,
    source: (tab: Tab): Source => ({
      page: tab.page,
      url: () => tab.main.document.url,
      observe(told) {
        const observer = library === 'playwright' ? told : core.withBodies(told, time)
        const audience = observers.get(tab) ?? new Set()
        observers.set(tab, audience.add(observer))
        return () => audience.delete(observer)
      },
    }),
  }
}
