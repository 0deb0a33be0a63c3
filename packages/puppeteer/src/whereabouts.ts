/** A page's URL, even if the library does not report its changes. */
import { type Attendance, listen, type Observer, type ProtocolSession } from '@regotcha-feedback/core/adapter'
import type { PuppeteerPage, PuppeteerRequest } from './page.ts'

/**
 * Reports changes of a page's URL that come without an event: in Firefox, `pushState` and a page restored from the
 * back/forward cache; in Chromium, the activation of a prerendered page, which is another target. There `page.url()` stays
 * the same, and only the target has the new URL. Also reports the end of the browser: if it is killed or disconnected,
 * its pages emit no `close`.
 */
export class Whereabouts implements Attendance<PuppeteerRequest> {
  readonly #page: PuppeteerPage
  readonly #observer: Observer
  readonly #frame: object
  readonly #timer: NodeJS.Timeout
  readonly #stopListening: () => void
  #target: object
  #known: string
  /** The URL that the last look found. */
  #seen: string | undefined
  /** A URL that an event will report: the browser knows it earlier. */
  #loading: PuppeteerRequest | undefined
  #isStopped: boolean = false

  constructor(page: PuppeteerPage, observer: Observer) {
    this.#page = page
    this.#observer = observer
    this.#frame = page.mainFrame()
    this.#target = page.target()
    this.#known = page.url()
    this.#stopListening = listen(page.browser(), { disconnected: this.#disconnected }, this)
    this.#timer = setInterval(() => this.#lookAround(), 500).unref()
  }

  requested(request: PuppeteerRequest): void {
    if (request.isNavigationRequest() && request.frame() === this.#frame) this.#loading = request
    // A URL from before the answer must not be reported after it.
    else if (request.method() !== 'GET') this.#look(true)
  }

  failed(request: PuppeteerRequest): void {
    if (request === this.#loading) this.#loading = undefined
  }

  navigated(frame: object): void {
    if (frame !== this.#frame) return
    this.#known = this.#page.url()
    // A script may request the next page before the event of this one.
    if (this.#loading && withoutHash(this.#loading.url()) === withoutHash(this.#known)) this.#loading = undefined
  }

  stop(): void {
    this.#isStopped = true
    clearInterval(this.#timer)
    this.#stopListening()
  }

  #disconnected(): void {
    this.#observer.ended('page-closed')
  }

  #tell(url: string): void {
    this.#observer.navigated({ frame: this.#frame, isMainFrame: true, url, native: this.#frame })
  }

  #lookAround(): void {
    try {
      const target = this.#page.target()
      if (target === this.#target) this.#look(false)
      else {
        this.#target = target
        this.#tell(target.url())
      }
    } catch {
      // In Firefox, a closing page no longer has a target.
    }
  }

  /**
   * A page may briefly have its next URL, and drop it when the answer arrives. So a URL counts only if two looks in a row
   * find it, unless there can't have been an answer yet.
   */
  #look(isBeforeAnswer: boolean): void {
    urlInFirefox(this.#frame)
      .catch(() => this.#page.url())
      .then((url) => {
        if (this.#isStopped || this.#loading || url === undefined) return
        if (url !== this.#known && (isBeforeAnswer || url === this.#seen)) {
          this.#known = url
          this.#tell(url)
        }
        this.#seen = url
      })
      .catch(() => {}) // The page is closing.
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
