import type { Clock } from '../clock.ts'
import { type Evidence, isRedirect } from './evidence.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse } from './source.ts'

/** `undefined`: it was found to be no evidence. */
export type Found = Evidence | undefined

/** The document that a frame loads. */
interface Loading {
  /** Whether it was asked for and not answered yet. */
  isAsked?: boolean
  answer?: ObservedResponse | undefined
  /** The navigation that waits for its response. */
  waiting?: ((response: ObservedResponse | undefined) => void) | undefined
}

/** A response that is later than this behind its navigation is never told, such as that of a prefetched page. */
const limit = 1_000

/**
 * Which response a navigation loaded. It is told before the navigation, but under load Puppeteer tells it after, since
 * it holds a response back until the browser has told all of its headers.
 */
export function createDocuments(clock: Clock) {
  const frames = new WeakMap<object, Loading>()

  function loadingOf({ isNavigation, frame }: ObservedRequest): Loading | undefined {
    if (!isNavigation || !frame) return undefined
    const loading = frames.get(frame) ?? {}
    frames.set(frame, loading)
    return loading
  }

  return {
    requested(request: ObservedRequest): void {
      const loading = loadingOf(request)
      if (loading) loading.isAsked = true
    },
    responded(response: ObservedResponse): void {
      const loading = loadingOf(response.request)
      if (!loading) return
      loading.answer = response
      if (!isRedirect(response)) loading.isAsked = false
      loading.waiting?.(response)
    },
    failed(request: ObservedRequest): void {
      const loading = loadingOf(request)
      if (!loading) return
      loading.isAsked = false
      loading.waiting?.(undefined)
    },
    /** What a document is evidence for, unless the crawler itself had the browser go there, which shows nothing. */
    unlessCrawlers({ request: { headers, allHeaders } }: ObservedResponse, evidence: Evidence): Found | Promise<Found> {
      const found = (headers: ObservedRequest['headers']) => (isCrawlers(headers) ? undefined : evidence)
      if (!allHeaders) return found(headers)
      return new Promise((resolve) => {
        const give = (found: Found) => {
          cancel()
          resolve(found)
        }
        const cancel = clock.after(limit, () => give(evidence))
        allHeaders().then(
          (headers) => give(found(headers)),
          () => give(evidence),
        )
      })
    },
    isLoading: ({ frame }: Pick<ObservedRequest, 'frame'>) =>
      frame !== undefined && frames.get(frame)?.isAsked === true,
    /** `undefined` when none was loaded: the navigation stayed within its document. */
    loadedBy({ frame, url }: ObservedNavigation): ObservedResponse | undefined | Promise<ObservedResponse | undefined> {
      const loading = frames.get(frame)
      if (!loading) return undefined
      const isLoaded = (response: ObservedResponse | undefined) =>
        response && withoutHash(response.url) === withoutHash(url) ? response : undefined
      const response = isLoaded(loading.answer)
      loading.answer = undefined
      if (response || !loading.isAsked) return response
      loading.isAsked = false
      return new Promise((resolve) => {
        const give = (response: ObservedResponse | undefined) => {
          cancel()
          loading.waiting = undefined
          loading.answer = undefined
          resolve(isLoaded(response))
        }
        const cancel = clock.after(limit, () => give(undefined))
        loading.waiting = give
      })
    },
  }
}

/** The browser says so to the site, and never of what a page does. */
const isCrawlers = (headers: ObservedRequest['headers']) => headers['sec-fetch-site'] === 'none'

const withoutHash = (url: string) => url.split('#', 1)[0]
