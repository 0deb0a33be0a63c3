import { type CookiePage, cookiesOf, isSentTo } from '../page/cookies.ts'
import type { ObservedRequest } from '../page/source.ts'

/**
 * Finds the token among the cookies of a request for the page's document: solvers of walls return a cookie. No library
 * reports the `cookie` header in time, so this asks the browser.
 */
export function createCookieLook(page: unknown, token: string | undefined) {
  /** The look-ups in progress, by chain. */
  const looks = new Map<object, Promise<void>>()

  return {
    /** Looks the token up if the request is for the page's document. Calls `found` if it is one of the cookies. */
    at(request: ObservedRequest, found: () => void): void {
      const { chain, transition, isNavigation, method, url } = request
      if (!token || !isNavigation || !transition || method !== 'GET') return
      const look = cookiesOf(page as CookiePage)
        .then((cookies) => {
          if (cookies.some((cookie) => cookie.value === token && isSentTo(cookie, url))) found()
        })
        .catch(() => {}) // The page can't be asked.
        .finally(() => looks.delete(chain))
      looks.set(chain, look)
    },

    /** The look-up that the request's answer has to wait for, if one is in progress. */
    over: ({ chain }: ObservedRequest): Promise<void> | undefined => looks.get(chain),
  }
}
