import { type CookiePage, cookiesOf, isSentTo } from '../page/cookies.ts'
import type { ObservedRequest } from '../page/source.ts'

/**
 * Finds the token in a cookie of the browser's that a page's document is asked for with: solvers of walls hand out
 * cookies, which the crawler sets before it opens the page again. No library tells the header in time.
 */
export function createCookieLook(page: unknown, token: string | undefined) {
  /** The looks that are not over, by chain. */
  const looks = new Map<object, Promise<void>>()

  return {
    /** Looks, where the request is for a document of the page; `found` is called where its cookies hold the token. */
    at(request: ObservedRequest, found: () => void): void {
      const { chain, transition, isNavigation, method, url } = request
      if (!token || !isNavigation || !transition || method !== 'GET') return
      const look = cookiesOf(page as CookiePage)
        .then((cookies) => {
          if (cookies.some((cookie) => cookie.value === token && isSentTo(cookie, url))) found()
        })
        .catch(() => {}) // a page that can't be asked
        .finally(() => looks.delete(chain))
      looks.set(chain, look)
    },

    /** What its answer has to wait for. */
    over: ({ chain }: ObservedRequest): Promise<void> | undefined => looks.get(chain),
  }
}
