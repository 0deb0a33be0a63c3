/** A page of Playwright's or Puppeteer's as a source: what it does, passed on to each who observes it. */
import { systemClock } from '../clock.ts'
import { isDeclaredOther } from './charset.ts'
import type { Attendance, Dialect, FrameLike, PageLike, PopupLike, RequestLike, ResponseLike } from './dialect.ts'
import { type Instrumentation, instrument } from './hub.ts'
import { withBodies } from './late-bodies.ts'
import { isMain, PageRequest, PageResponse } from './observed.ts'
import { listen, type Network, type Observer, readable, type Source } from './source.ts'
import { listenToUnattributed, ofPopup } from './unattributed.ts'

/** What the library's objects throw is evidence that we don't have: whoever reads what is made of them meets no error. */
export function pageSource<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: Page,
  dialect: Dialect<Page, Request, Response>,
): Source {
  return {
    page,
    url: () => readable(() => page.url()) ?? '',
    observe(told) {
      const observer = dialect.lateBody ? withBodies(told, systemClock) : told
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
        // A page that can't be listened to: what does not come, does not come.
      }
      return stop
    },
  }
}

/** Passes on what a page does to one observer. */
class PageListener<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>
  implements Network<Request, Response>
{
  readonly dialect: Dialect<Page, Request, Response>
  readonly instrumentation: Instrumentation<Request, Response>
  readonly #page: Page
  readonly #observer: Observer
  readonly #attendance: Attendance<Request> | undefined
  readonly #stops: (() => void)[]

  /** @param stops - gets how to end it, also where this throws. */
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
    // It is told of after its first navigation.
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
 * A page after which the user's own reading would get what is undecoded: Chromium hands out what it keeps as it came, and
 * the libraries take all for UTF-8.
 */
const isOtherPage = (response: ResponseLike<RequestLike>) =>
  readable(() => response.request().isNavigationRequest() && isDeclaredOther(response.headers()['content-type']))
