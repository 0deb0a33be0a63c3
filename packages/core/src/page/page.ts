/** Turns a page of Playwright or Puppeteer into a source of facts. */
import { systemClock } from '../clock.ts'
import { isDeclaredOther } from './charset.ts'
import type { Attendance, Dialect, FrameLike, PageLike, PopupLike, RequestLike, ResponseLike } from './dialect.ts'
import { type Instrumentation, instrument } from './hub.ts'
import { withBodies } from './late-bodies.ts'
import { isMain, PageRequest, PageResponse } from './observed.ts'
import { listen, type Network, type Observer, readable, type Source } from './source.ts'
import { listenToUnattributed, ofPopup } from './unattributed.ts'

/** Never throws: if one of the library's objects can't be read, that evidence is missing. */
export function pageSource<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: Page,
  dialect: Dialect<Page, Request, Response>,
): Source {
  return {
    page,
    url: () => readable(() => page.url()) ?? '',
    observe(observed) {
      const observer = dialect.lateBody ? withBodies(observed, systemClock) : observed
      if (readable(() => page.isClosed())) {
        readable(() => observer.ended('page-closed'))
        return () => {}
      }
      const stops: (() => void)[] = []
      const stop = () => {
        for (const stop of stops.splice(0)) readable(stop)
      }
      try {
        new PageListener(page, dialect, observer, stops)
      } catch {
        // If the page can't be listened to, its facts are missing.
      }
      return stop
    },
  }
}

/** Reports what a page does to one observer. */
class PageListener<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>
  implements Network<Request, Response>
{
  readonly dialect: Dialect<Page, Request, Response>
  readonly instrumentation: Instrumentation<Request, Response>
  readonly #page: Page
  readonly #observer: Observer
  readonly #attendance: Attendance<Request> | undefined
  readonly #stops: (() => void)[]

  /** @param stops - receives the functions that end it, even if the constructor throws. */
  constructor(page: Page, dialect: Dialect<Page, Request, Response>, observer: Observer, stops: (() => void)[]) {
    const { instrumentation, leave } = instrument(page, dialect.instrument)
    stops.push(leave)
    this.dialect = dialect
    this.instrumentation = instrumentation
    this.#page = page
    this.#observer = observer
    this.#stops = stops
    this.#attendance = readable(() => dialect.attend?.(page, observer))
    if (this.#attendance) stops.push(this.#attendance.stop)
    const { request, response, requestfailed, framenavigated, popup, close, crash } = this
    const listeners = { request, response, requestfailed, framenavigated, popup, close, [dialect.crash]: crash }
    stops.push(listen(page, listeners, this))
    const { unattributed, first } = dialect
    if (unattributed) stops.push(listenToUnattributed(unattributed.emitter(page), unattributed.is, first, this))
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
    const { unattributed, first } = this.dialect
    const network = ofPopup(
      this,
      first,
      readable(() => unattributed?.emitter(this.#page)),
    )
    const framenavigated = (frame: FrameLike) => this.#navigated(frame, true)
    this.#stops.push(listen(popup, { ...network, framenavigated }))
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
