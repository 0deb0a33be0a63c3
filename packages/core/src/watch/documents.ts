import type { Clock } from '../clock.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse } from '../page/source.ts'
import { withoutHash } from '../page/url.ts'
import { type Evidence, isRedirect } from '../predicates/evidence.ts'

/** `undefined`: it was found to be no evidence. */
export type Found = Evidence | undefined

/** The document that a frame loads. */
interface Loading {
  /** The chain by which it was asked for, while that is not answered. An earlier one may be answered late. */
  asked?: object | undefined
  answer?: ObservedResponse | undefined
  /** The navigations that wait for their responses, by chain. */
  readonly waiting: Map<object, (response: ObservedResponse | undefined) => void>
}

/** What is later than this is never told, such as the response of a navigation to a prefetched page. */
const limit = 1_000

/**
 * Which response a navigation loaded. It is told before the navigation, but under load Puppeteer tells it after, since
 * it holds a response back until the browser has told all of its headers.
 */
export function createDocuments(clock: Clock) {
  const frames = new WeakMap<object, Loading>()
  /** The chains that were told when they left. What did before may have been shown before, too. */
  const seen = new WeakSet<object>()

  function loadingOf({ isNavigation, frame }: ObservedRequest): Loading | undefined {
    if (!isNavigation || !frame) return undefined
    const loading = frames.get(frame) ?? { waiting: new Map() }
    frames.set(frame, loading)
    return loading
  }

  async function wasPages({ url, headers, allHeaders, transition }: ObservedRequest): Promise<boolean> {
    const all = (allHeaders && (await inTime(allHeaders()))) ?? headers
    const isTold = siteTold(all)
    if (isTold) return true
    const how = transition && (await inTime(transition()))
    // A page that goes back gets the very page that the crawler once went to.
    if (isTold === false) return how === 'back'
    // Last, since a crawler may send whatever referrer it likes.
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
    /** What a document is evidence for, unless the crawler itself had the browser go there, which shows nothing. */
    unlessCrawlers({ request }: ObservedResponse, evidence: Evidence): Found | Promise<Found> {
      if (!request.allHeaders && siteTold(request.headers)) return evidence
      return wasPages(request).then((isPages) => (isPages ? evidence : undefined))
    },
    isLoading: ({ frame }: Pick<ObservedRequest, 'frame'>) =>
      frame !== undefined && frames.get(frame)?.asked !== undefined,
    /** `undefined` when none was loaded: the navigation stayed within its document. */
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
          loading.answer = undefined
          resolve(isLoaded(later) ?? response)
        }
        const cancel = clock.after(limit, () => give(undefined))
        waiting.set(chain, give)
      })
    },
  }
}

/**
 * Whether a page had the browser go there, as it tells the site; `undefined` where it does not, which is where the site
 * has no TLS, or the user's interception hides what the browser adds.
 */
function siteTold({ 'sec-fetch-site': site }: ObservedRequest['headers']): boolean | undefined {
  return site ? site !== 'none' : undefined
}

/** The same, by how the browser came there. Who has it go back, or load the page again, it does not tell. */
const byTransition: ReadonlyMap<string | undefined, boolean> = new Map([
  ['link', true],
  ['form_submit', true],
  ['back', true],
  ['typed', false],
])

const isReferredWithin = (url: string, { referer = '' }: ObservedRequest['headers']) =>
  URL.parse(referer)?.origin === URL.parse(url)?.origin
