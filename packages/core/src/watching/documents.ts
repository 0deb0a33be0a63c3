import type { Clock } from '../clock.ts'
import { isRedirect } from './evidence.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse } from './source.ts'

/** A response that is later than this behind its navigation is never told, such as that of a prefetched page. */
const limit = 1_000

/**
 * Which response a navigation loaded. It is told before the navigation, but under load Puppeteer tells it after, since
 * it holds a response back until the browser has told all of its headers.
 */
export function createDocuments(clock: Clock) {
  /** By frame: the document that was answered, and whether one was asked for that was not answered yet. */
  const answered = new WeakMap<object, ObservedResponse>()
  const asked = new WeakSet<object>()
  /** By frame: the navigation that waits for its response. */
  const waiting = new WeakMap<object, (response: ObservedResponse | undefined) => void>()

  return {
    requested({ isNavigation, frame }: ObservedRequest): void {
      if (isNavigation && frame) asked.add(frame)
    },
    responded(response: ObservedResponse): void {
      const { isNavigation, frame } = response.request
      if (!isNavigation || !frame) return
      answered.set(frame, response)
      if (!isRedirect(response.status)) asked.delete(frame)
      waiting.get(frame)?.(response)
    },
    failed({ isNavigation, frame }: ObservedRequest): void {
      if (!isNavigation || !frame) return
      asked.delete(frame)
      waiting.get(frame)?.(undefined)
    },
    /** `undefined` when none was loaded: the navigation stayed within its document. */
    loadedBy({ frame, url }: ObservedNavigation): ObservedResponse | undefined | Promise<ObservedResponse | undefined> {
      const isLoaded = (response: ObservedResponse | undefined) =>
        response && withoutHash(response.url) === withoutHash(url) ? response : undefined
      const response = isLoaded(answered.get(frame))
      answered.delete(frame)
      if (response || !asked.delete(frame)) return response
      return new Promise((resolve) => {
        const give = (response: ObservedResponse | undefined) => {
          cancel()
          waiting.delete(frame)
          answered.delete(frame)
          resolve(isLoaded(response))
        }
        const cancel = clock.after(limit, () => give(undefined))
        waiting.set(frame, give)
      })
    },
  }
}

const withoutHash = (url: string) => url.split('#', 1)[0]
