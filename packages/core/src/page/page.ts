/** Turns a page of Playwright or Puppeteer into a source of facts. */
import { systemClock } from '../clock.ts'
import { isDeclaredOther } from './charset.ts'
import type { Attendance, Dialect, FrameLike, PageLike, PopupLike, RequestLike, ResponseLike } from './dialect.ts'
import { hubOf, type Instrumentation, instrument } from './hub.ts'
import { withBodies } from './late-bodies.ts'
import { isMain, PageRequest, PageResponse } from './observed.ts'
import { renderedText, shownHtml } from './shown-page.ts'
import { listen, type Network, type Observer, readable, type Source } from './source.ts'
import { listenToUnattributed, ofPopup } from './unattributed.ts'

/** Never throws: if one of the library's objects can't be read, that evidence is missing. */
export const pageSource = <Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: Page,
  dialect: Dialect<Page, Request, Response>,
): Source => new PageSource(page, dialect)

class PageSource<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>
  implements Source
{
  readonly page: Page
  readonly #dialect: Dialect<Page, Request, Response>

  constructor(page: Page, dialect: Dialect<Page, Request, Response>) {
    this.page = page
    this.#dialect = dialect
  }

  url(): string {
    return readable(() => this.page.url()) ?? ''
  }

  async html(): Promise<string | undefined> {
    const session = await this.#session()
    return session && shownHtml(session)
  }

  async renderedText(): Promise<string | undefined> {
    const session = await this.#session()
    return session && renderedText(session)
  }

  observe(observed: Observer): () => void {
    const observer = this.#dialect.lateBody ? withBodies(observed, systemClock) : observed
    if (readable(() => this.page.isClosed())) {
      readable(() => observer.ended('page-closed'))
      return () => {}
    }
    // If the page can't be listened to, its facts are missing.
    const listener = readable(() => new PageListener(this.page, this.#dialect, observer))
    return () => listener?.stop()
  }

  async #session() {
    return hubOf(this.page).instrumented?.instrumentation.session()
  }
}

/** Reports what a page does to one observer. */
class PageListener<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>
  implements Network<Request, Response>
{
  readonly dialect: Dialect<Page, Request, Response>
  readonly instrumentation: Instrumentation<Request, Response>
  readonly #observer: Observer
  readonly #attendance: Attendance<Request> | undefined
  /** An array that grows would have room for 17. */
  #stops: readonly (() => void)[]

  constructor(page: Page, dialect: Dialect<Page, Request, Response>, observer: Observer) {
    const { instrumentation, leave } = instrument(page, dialect.instrument)
    this.dialect = dialect
    this.instrumentation = instrumentation
    this.#observer = observer
    this.#attendance = readable(() => dialect.attend?.(page, observer))
    const { request, response, requestfailed, framenavigated, popup, close, crash } = this
    const listeners = { request, response, requestfailed, framenavigated, popup, close, [dialect.crash]: crash }
    this.#stops = [leave, listen(page, listeners, this)]
    const { unattributed, first } = dialect
    const context = readable(() => unattributed?.emitter(page))
    if (unattributed && context) this.#also(listenToUnattributed(context, unattributed.is, first, this))
  }

  stop(): void {
    readable(() => this.#attendance?.stop())
    for (const stop of this.#stops) readable(stop)
    this.#stops = []
  }

  #also(stop: () => void): void {
    this.#stops = this.#stops.concat(stop)
  }

  request(request: Request, isUnattributed = false): void {
    readable(() => this.instrumentation.requested?.(request))
    if (!isUnattributed) readable(() => this.#attendance?.requested?.(request))
    this.#observer.request(this.#observed(request, isUnattributed))
  }

  response(response: Response, isUnattributed = false): void {
    if (isOtherPage(response)) readable(() => this.instrumentation.release(response.request()))
    this.#observer.response(new PageResponse(response, this.#observed(response.request(), isUnattributed)))
  }

  requestfailed(request: Request, isUnattributed = false): void {
    if (!isUnattributed) readable(() => this.#attendance?.failed?.(request))
    this.#observer.failed(this.#observed(request, isUnattributed))
  }

  framenavigated(frame: FrameLike): void {
    readable(() => this.instrumentation.navigated?.(frame))
    readable(() => this.#attendance?.navigated?.(frame))
    this.#navigated(frame, false)
  }

  popup(popup: PopupLike): void {
    const network = ofPopup(this, this.dialect.first)
    const framenavigated = (frame: FrameLike) => this.#navigated(frame, true)
    this.#also(listen(popup, { ...network, framenavigated }))
    // The library reports a popup after its first navigation, so that one has no event.
    this.#navigated(popup.mainFrame(), true)
  }

  close(): void {
    this.#observer.ended('page-closed')
  }

  crash(): void {
    this.#observer.ended('page-crashed')
  }

  #observed(request: Request, isUnattributed: boolean): PageRequest<Request, Response> {
    return new PageRequest(request, isUnattributed, this)
  }

  #navigated(frame: FrameLike, isPopup: boolean): void {
    this.#observer.navigated({ frame, isMainFrame: isMain(frame), isPopup, url: frame.url(), native: frame })
  }
}

/**
 * Whether a response is a document in another charset than UTF-8. Chromium returns the bodies that it keeps undecoded,
 * and the libraries decode them all as UTF-8, so the user's own `response.text()` would fail or be garbled.
 */
const isOtherPage = (response: ResponseLike<RequestLike>) =>
  readable(() => response.request().isNavigationRequest() && isDeclaredOther(response.headers()['content-type']))
