/** A page's URL, even if the library does not report its changes. */
import type { Attendance, Observer, ProtocolSession } from '@regotcha-feedback/core/adapter'
import type { PuppeteerPage, PuppeteerRequest } from './page.ts'

/**
 * Reports changes of a page's URL that come without an event: in Firefox, `pushState` and a page restored from the
 * back/forward cache; in Chromium, the activation of a prerendered page, which is another target. There `page.url()` stays
 * the same, and only the target has the new URL.
 */
export function followUrl(page: PuppeteerPage, observer: Observer): Attendance<PuppeteerRequest> {
  const frame = page.mainFrame()
  let target = page.target()
  let known = page.url()
  let isStopped = false
  /** A URL that an event will report: the browser knows it earlier. */
  let loading: PuppeteerRequest | undefined
  const tell = (url: string) => observer.navigated({ frame, isMainFrame: true, url, native: frame })
  /** The URL that the last look found. */
  let seen: string | undefined
  /**
   * A page may briefly have its next URL, and drop it when the answer arrives. So a URL counts only if two looks in a row
   * find it, unless there can't have been an answer yet.
   */
  const look = (isBeforeAnswer: boolean) => {
    urlInFirefox(frame)
      .catch(() => page.url())
      .then((url) => {
        if (isStopped || loading || url === undefined) return
        if (url !== known && (isBeforeAnswer || url === seen)) {
          known = url
          tell(url)
        }
        seen = url
      })
      .catch(() => {}) // The page is closing.
  }
  const timer = setInterval(() => {
    try {
      if (page.target() !== target) {
        target = page.target()
        tell(target.url())
      } else {
        look(false)
      }
    } catch {
      // In Firefox, a closing page no longer has a target.
    }
  }, 500).unref()
  return {
    requested(request) {
      if (request.isNavigationRequest() && request.frame() === frame) loading = request
      // A URL from before the answer must not be reported after it.
      else if (request.method() !== 'GET') look(true)
    },
    failed(request) {
      if (request === loading) loading = undefined
    },
    navigated(navigated) {
      if (navigated !== frame) return
      known = page.url()
      // A script may request the next page before the event of this one.
      if (loading && withoutHash(loading.url()) === withoutHash(known)) loading = undefined
    },
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}

const withoutHash = (url: string) => url.split('#', 1)[0]

/** Members of Puppeteer's frames under WebDriver BiDi; not in its types. */
interface BidiFrame {
  readonly browsingContext: {
    readonly id: string
    readonly userContext: { readonly browser: { readonly session: Pick<ProtocolSession, 'send'> } }
  }
}

/**
 * When Firefox restores a page from history, Puppeteer does not process the event, and `page.url()` stays the same. This
 * asks the browser for the URL, without a call into the page. Rejects in other browsers.
 */
async function urlInFirefox(frame: object): Promise<string | undefined> {
  const { id: root, userContext } = (frame as BidiFrame).browsingContext
  const { result } = await userContext.browser.session.send('browsingContext.getTree', { root, maxDepth: 0 })
  return result.contexts[0]?.url
}
