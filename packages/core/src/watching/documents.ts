import type { Clock } from '../clock.ts'
import { isRedirect } from './evidence.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse } from './source.ts'

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
      if (!isRedirect(response.status)) loading.isAsked = false
      loading.waiting?.(response)
    },
    failed(request: ObservedRequest): void {
      const loading = loadingOf(request)
      if (!loading) return
      loading.isAsked = false
      loading.waiting?.(undefined)
    },
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

const withoutHash = (url: string) => url.split('#', 1)[0]
