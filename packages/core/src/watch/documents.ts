import type { Clock } from '../clock.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse } from '../page/source.ts'
import { withoutHash } from '../page/url.ts'
import { type Evidence, isRedirect } from '../predicates/evidence.ts'

/** `undefined` if it turned out not to be evidence. */
export type Found = Evidence | undefined

/** The document that a frame is loading. */
interface Loading {
  /** The redirect chain that requests it, until that is answered. An earlier chain may be answered later. */
  asked?: object | undefined
  answer?: ObservedResponse | undefined
  /** The navigations that wait for their response, by chain. */
  readonly waiting: Map<object, (response: ObservedResponse | undefined) => void>
}

/** How long to wait for a report, in ms. Some never come, such as the response of a navigation to a prefetched page. */
const limit = 1_000

/**
 * Finds the response that a navigation loaded. It is usually reported before the navigation. Under load, Puppeteer
 * reports it afterwards, because it holds a response back until the browser has sent all of its headers.
 */
export function createDocuments(clock: Clock) {
  const frames = new WeakMap<object, Loading>()
  /**
   * Chains whose request was observed. The document of another chain may have been shown before the watch was armed.
   */
  const seen = new WeakSet<object>()

  function loadingOf({ isNavigation, frame }: ObservedRequest): Loading | undefined {
    if (!isNavigation || !frame) return undefined
    const loading = frames.get(frame) ?? { waiting: new Map() }
    frames.set(frame, loading)
    return loading
  }

  async function wasPages({ url, headers, allHeaders, transition }: ObservedRequest, isAgain: boolean) {
    const all = (allHeaders && (await inTime(allHeaders()))) ?? headers
    const isTold = siteTold(all)
    if (isTold && !isAgain) return true
    const how = transition && (await inTime(transition()))
    // Going back repeats the headers of the original navigation, which may have been the crawler's.
    // After a captcha that was shown again, it is more likely the crawler that goes back.
    if (how === 'back') return !isAgain
    if (isTold !== undefined) return isTold
    // The referrer comes last, because a crawler can set it to anything.
    return byTransition.get(how) ?? (!transition || isReferredWithin(url, all))
  }

  function inTime<T>(promise: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve) => {
      const cancel = clock.after(limit, () => resolve(undefined))
      promise.then(resolve, () => resolve(undefined)).finally(cancel)
    })
  }

  return {
    requested(request: ObservedRequest): void {
      const loading = loadingOf(request)
      if (!loading) return
      loading.asked = request.chain
      seen.add(request.chain)
    },
    responded(response: ObservedResponse): void {
      const loading = loadingOf(response.request)
      if (!loading) return
      loading.answer = response
      if (isRedirect(response)) return
      if (loading.asked === response.request.chain) loading.asked = undefined
      loading.waiting.get(response.request.chain)?.(response)
    },
    failed(request: ObservedRequest): void {
      const loading = loadingOf(request)
      if (!loading) return
      if (loading.asked === request.chain) loading.asked = undefined
      loading.waiting.get(request.chain)?.(undefined)
    },
    /**
     * Returns the evidence, or `undefined` if the crawler itself opened the document, which shows nothing. `isAgain`:
     * whether a captcha was shown again before.
     */
    unlessCrawlers({ request }: ObservedResponse, evidence: Evidence, isAgain: boolean): Found | Promise<Found> {
      if (!request.allHeaders && siteTold(request.headers) && !isAgain) return evidence
      return wasPages(request, isAgain).then((isPages) => (isPages ? evidence : undefined))
    },
    isLoading: ({ frame }: Pick<ObservedRequest, 'frame'>) =>
      frame !== undefined && frames.get(frame)?.asked !== undefined,
    /** The response, or `undefined` if the navigation stayed within its document. */
    loadedBy({ frame, url }: ObservedNavigation): ObservedResponse | undefined | Promise<ObservedResponse | undefined> {
      const loading = frames.get(frame)
      if (!loading) return undefined
      const isLoaded = (response: ObservedResponse | undefined) =>
        response && withoutHash(response.url) === withoutHash(url) ? response : undefined
      const response = isLoaded(loading.answer)
      loading.answer = undefined
      const { asked: chain, waiting } = loading
      if (!chain || (response && seen.has(response.request.chain))) return response
      loading.asked = undefined
      return new Promise((resolve) => {
        const give = (later: ObservedResponse | undefined) => {
          cancel()
          waiting.delete(chain)
          const loaded = isLoaded(later)
          // Otherwise a script only set the URL meanwhile, and the answer is that of the next navigation.
          if (loaded) loading.answer = undefined
          resolve(loaded ?? response)
        }
        const cancel = clock.after(limit, () => give(undefined))
        waiting.set(chain, give)
      })
    },
  }
}

/**
 * Whether a page initiated the navigation, by the header `sec-fetch-site`. `undefined` without that header: the site
 * has no TLS, or the user's interception hides the browser's own headers.
 */
function siteTold({ 'sec-fetch-site': site }: ObservedRequest['headers']): boolean | undefined {
  return site ? site !== 'none' : undefined
}

/**
 * The same by the browser's history, which does not show who reloaded: the referrer decides.
 */
const byTransition: ReadonlyMap<string | undefined, boolean> = new Map([
  ['link', true],
  ['form_submit', true],
  ['typed', false],
])

const isReferredWithin = (url: string, { referer = '' }: ObservedRequest['headers']) =>
  URL.parse(referer)?.origin === URL.parse(url)?.origin
