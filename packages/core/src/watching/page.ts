/** What Playwright's and Puppeteer's pages have in common, as a source: the same members, by the same names. */
import { systemClock } from '../clock.ts'
import { decoded } from './charset.ts'
import type { ProtocolSession } from './durable-bodies.ts'
import type { Natives } from './evidence.ts'
import { transitionTo } from './history.ts'
import { withBodies } from './late-bodies.ts'
import { type Emitter, listen, type ObservedRequest, type Observer, readable, type Source } from './source.ts'
import { listenToStrays, type Network, ofPopup } from './strays.ts'

/** Structural, so that each version and fork of a library fits; a nominal `Page` of one major is not that of another. */
export interface PageLike extends Emitter {
  isClosed(): boolean
  url(): string
}

/** The types of the user's own version of the library, read off its page. */
export interface PageNatives<P> extends Natives {
  readonly page: P
  readonly response: P extends { waitForResponse(...args: never[]): Promise<infer Response> } ? Response : unknown
  readonly frame: P extends { mainFrame(): infer Frame } ? Frame : unknown
}

/** The same, read off a browser or a context. */
export type PagesNatives<B> = PageNatives<B extends { newPage(...args: never[]): Promise<infer Page> } ? Page : unknown>

export interface RequestLike {
  url(): string
  method(): string
  resourceType(): string
  headers(): Record<string, string>
  postData(): string | null | undefined
  frame(): FrameLike | null
  isNavigationRequest(): boolean
}

export interface ResponseLike<Request> {
  request(): Request
  url(): string
  status(): number
  headers(): Record<string, string>
}

interface PopupLike extends PageLike {
  mainFrame(): FrameLike
}

interface FrameLike {
  url(): string
  parentFrame(): object | null
}

/** Where the libraries differ. */
export interface Dialect<Page, Request, Response> {
  /** The event of a crashed page. */
  readonly crash: string
  /** The first request of the redirect chain. */
  first(request: Request): object
  /** Fetches a body that the request has and `postData()` does not tell; `undefined` when there is none. */
  lateBody?(request: Request): (() => Promise<string | undefined>) | undefined
  /** The body of a response. */
  bytes(response: Response): Promise<Uint8Array>
  /** All headers, where `headers()` leaves out those that the browser adds, and a response's cookies. */
  readonly allHeaders?: (told: Request | Response) => Promise<Record<string, string>>
  /** Opens a session of the protocol with the page. */
  session(page: Page): Promise<ProtocolSession>
  /** Where requests are told that belong to no page yet, and which they are. */
  readonly strays?: Strays<Page, Request>
  /** What is to be done beside listening while a page is watched. */
  attend?(page: Page, observer: Observer): Attendance<Request>
}

interface Strays<Page, Request> {
  emitter(page: Page): Emitter
  is(request: Request): boolean
}

export interface Attendance<Request> {
  /** Are told first of what the page tells. */
  requested?(request: Request): void
  failed?(request: Request): void
  navigated?(frame: object): void
  loaded?(): void
  stop(): void
}

export function pageSource<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: Page,
  dialect: Dialect<Page, Request, Response>,
): Source {
  const { allHeaders } = dialect
  const observed = (request: Request, isStray: boolean): ObservedRequest => ({
    get chain() {
      return dialect.first(request)
    },
    url: request.url(),
    method: request.method(),
    get resourceType() {
      return readable(() => request.resourceType()) ?? ''
    },
    get headers() {
      return readable(() => request.headers()) ?? {}
    },
    get allHeaders() {
      return allHeaders && (() => allHeaders(request))
    },
    get transition() {
      if (!readable(() => isMain(request.frame()))) return undefined
      return () => transitionTo(request.url(), () => dialect.session(page))
    },
    get body() {
      return readable(() => request.postData()) ?? undefined
    },
    get lateBody() {
      return dialect.lateBody?.(request)
    },
    get frame() {
      return readable(() => request.frame()) ?? undefined
    },
    get isNavigation() {
      return request.isNavigationRequest()
    },
    isStray,
    native: request,
  })
  return {
    page,
    url: () => readable(() => page.url()) ?? '',
    observe(told) {
      const observer = dialect.lateBody ? withBodies(told, systemClock) : told
      if (page.isClosed()) {
        observer.ended('page-closed')
        return () => {}
      }
      const attendance = dialect.attend?.(page, observer)
      const network: Network<Request, Response> = {
        request(request, isStray = false) {
          if (!isStray) attendance?.requested?.(request)
          observer.request(observed(request, isStray))
        },
        response: (response, isStray = false) =>
          observer.response({
            request: observed(response.request(), isStray),
            url: response.url(),
            status: response.status(),
            get headers() {
              return response.headers()
            },
            allHeaders: allHeaders && (() => allHeaders(response)),
            text: async () => decoded(await dialect.bytes(response), response.headers()['content-type']),
            native: response,
          }),
        requestfailed(request, isStray = false) {
          if (!isStray) attendance?.failed?.(request)
          observer.failed(observed(request, isStray))
        },
      }
      const navigated = (frame: FrameLike, isPopup = false) =>
        observer.navigated({
          frame,
          isMainFrame: isMain(frame),
          isPopup,
          url: frame.url(),
          native: frame,
        })
      const stops = [
        listen(page, {
          ...network,
          framenavigated(frame: FrameLike) {
            attendance?.navigated?.(frame)
            navigated(frame)
          },
          ...(attendance?.loaded && { domcontentloaded: attendance.loaded }),
          popup(popup: PopupLike) {
            stops.push(
              listen(popup, {
                ...ofPopup(network, dialect.first),
                framenavigated: (frame: FrameLike) => navigated(frame, true),
              }),
            )
            // It is told of after its first navigation.
            navigated(popup.mainFrame(), true)
          },
          close: () => observer.ended('page-closed'),
          [dialect.crash]: () => observer.ended('page-crashed'),
        }),
      ]
      const { strays, first } = dialect
      if (strays) stops.push(listenToStrays(strays.emitter(page), strays.is, first, network))
      return () => {
        for (const stop of stops) stop()
        attendance?.stop()
      }
    },
  }
}

const isMain = (frame: FrameLike | null) => frame?.parentFrame() === null
