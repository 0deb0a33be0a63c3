/** Where a page is, also when the library does not tell. */
import type { Attendance, Observer, ProtocolSession } from '@regotcha-feedback/core/adapter'
import type { PuppeteerPage, PuppeteerRequest } from './page.ts'

/**
 * Tells the changes of a page's URL that come without an event: `pushState` and a page that was kept and comes back in
 * Firefox, and in Chromium a page that was prerendered, which is another target. There the page keeps the old URL for
 * itself, and only the target has the new.
 */
export function followUrl(page: PuppeteerPage, observer: Observer): Attendance<PuppeteerRequest> {
  const frame = page.mainFrame()
  let target = page.target()
  let known = page.url()
  let isStopped = false
  /** What will be told by an event: the browser knows it before. */
  let loading: PuppeteerRequest | undefined
  const tell = (url: string) => observer.navigated({ frame, isMainFrame: true, url, native: frame })
  /** What the last look found. */
  let seen: string | undefined
  /**
   * A page may show in a moment where it will be, and take it back when it has its answer: so what a look finds counts
   * when the next one finds it too, unless nothing can have been answered yet.
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
      .catch(() => {}) // The page is about to close.
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
      // In Firefox a page that is about to close has no target any more.
    }
  }, 500).unref()
  return {
    requested(request) {
      if (request.isNavigationRequest() && request.frame() === frame) loading = request
      // Where the page is before there is an answer must not be told after it.
      else if (request.method() !== 'GET') look(true)
    },
    failed(request) {
      if (request === loading) loading = undefined
    },
    navigated(navigated) {
      if (navigated !== frame) return
      known = page.url()
      // A script may have asked for the next page before this one's event.
      if (loading && withoutHash(loading.url()) === withoutHash(known)) loading = undefined
    },
    stop() {
      isStopped = true
      clearInterval(timer)
    },
  }
}

const withoutHash = (url: string) => url.split('#', 1)[0]

/** What Puppeteer's frames have under WebDriver BiDi; not in its types. */
interface BidiFrame {
  readonly browsingContext: {
    readonly id: string
    readonly userContext: { readonly browser: { readonly session: Pick<ProtocolSession, 'send'> } }
  }
}

/**
 * Firefox tells Puppeteer nothing that it reads when a page comes back from the history, so that `page.url()` stays what
 * it was. The browser knows, and is asked without a look into the page. Rejects in other browsers.
 */
async function urlInFirefox(frame: object): Promise<string | undefined> {
  const { id: root, userContext } = (frame as BidiFrame).browsingContext
  const { result } = await userContext.browser.session.send('browsingContext.getTree', { root, maxDepth: 0 })
  return result.contexts[0]?.url
}
