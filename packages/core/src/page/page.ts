/** What Playwright's and Puppeteer's pages have in common, as a source: the same members, by the same names. */
import { systemClock } from '../clock.ts'
import type { Natives } from '../predicates/evidence.ts'
import { decoded, isDeclaredOther } from './charset.ts'
import { transitionTo } from './history.ts'
import { type Instrumentation, instrument } from './hub.ts'
import { withBodies } from './late-bodies.ts'
import {
  type Emitter,
  listen,
  type Network,
  type ObservedRequest,
  type Observer,
  readable,
  type Source,
} from './source.ts'
import { listenToUnattributed, ofPopup } from './unattributed.ts'

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
  /** All headers, where `headers()` leaves out those that the browser adds, and a response's cookies. */
  readonly allHeaders?: (told: Request | Response) => Promise<Record<string, string>>
  /** Whether an answer came from the network: that of a service worker or an interception shows no cookies. */
  isOfNetwork(response: Response): boolean | Promise<boolean>
  /** Where requests are told that belong to no page yet, and which they are. */
  readonly unattributed?: UnattributedRequests<Page, Request>
  /** Begins what is done beside listening, once for all who observe the page; the last of them stops it. */
  instrument(page: Page): Instrumentation<Request, Response>
  /** Begins what is done for one observer. */
  attend?(page: Page, observer: Observer): Attendance<Request>
}

interface UnattributedRequests<Page, Request> {
  emitter(page: Page): Emitter
  is(request: Request): boolean
}

export interface Attendance<Request> {
  /** Are told first of what the page tells. */
  requested?(request: Request): void
  failed?(request: Request): void
  navigated?(frame: object): void
  stop(): void
}

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
        observePage(page, dialect, observer, stops)
      } catch {
        // A page that can't be listened to: what does not come, does not come.
      }
      return stop
    },
  }
}

function observePage<Page extends PageLike, Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: Page,
  dialect: Dialect<Page, Request, Response>,
  observer: Observer,
  stops: (() => void)[],
): void {
  const { instrumentation, leave } = instrument(page, dialect.instrument)
  stops.push(leave)
  const attendance = readable(() => dialect.attend?.(page, observer))
  if (attendance) stops.push(attendance.stop)
  const { allHeaders, unattributed, first } = dialect
  async function headersOf(response: Response): Promise<Record<string, string>> {
    const headers = await (allHeaders?.(response) ?? response.headers())
    if ('set-cookie' in headers || (await dialect.isOfNetwork(response))) return headers
    throw new Error('its cookies are not told')
  }
  const observed = (request: Request, isUnattributed: boolean): ObservedRequest => ({
    get chain() {
      return readable(() => first(request)) ?? request
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
      return allHeaders && (async () => allHeaders(request))
    },
    get transition() {
      if (!readable(() => isMain(request.frame()))) return undefined
      return async () => transitionTo(request.url(), instrumentation.session)
    },
    get body() {
      return readable(() => request.postData()) ?? undefined
    },
    get lateBody() {
      return readable(() => dialect.lateBody?.(request))
    },
    get frame() {
      return readable(() => request.frame()) ?? undefined
    },
    get isNavigation() {
      return readable(() => request.isNavigationRequest()) ?? false
    },
    isUnattributed,
    native: request,
  })
  const network: Network<Request, Response> = {
    request(request, isUnattributed = false) {
      readable(() => instrumentation.requested?.(request))
      if (!isUnattributed) readable(() => attendance?.requested?.(request))
      observer.request(observed(request, isUnattributed))
    },
    response(response, isUnattributed = false) {
      if (isOtherPage(response)) readable(() => instrumentation.release(response.request()))
      observer.response({
        request: observed(response.request(), isUnattributed),
        url: response.url(),
        status: response.status(),
        get headers() {
          return readable(() => response.headers()) ?? {}
        },
        allHeaders: () => headersOf(response),
        text: async () => decoded(await instrumentation.read(response), response.headers()['content-type']),
        native: response,
      })
    },
    requestfailed(request, isUnattributed = false) {
      if (!isUnattributed) readable(() => attendance?.failed?.(request))
      observer.failed(observed(request, isUnattributed))
    },
  }
  const navigated = (frame: FrameLike, isPopup = false) =>
    observer.navigated({ frame, isMainFrame: isMain(frame), isPopup, url: frame.url(), native: frame })
  stops.push(
    listen(page, {
      ...network,
      framenavigated(frame: FrameLike) {
        readable(() => instrumentation.navigated?.(frame))
        readable(() => attendance?.navigated?.(frame))
        navigated(frame)
      },
      popup(popup: PopupLike) {
        const context = readable(() => unattributed?.emitter(page))
        stops.push(
          listen(popup, {
            ...ofPopup(network, first, context),
            framenavigated: (frame: FrameLike) => navigated(frame, true),
          }),
        )
        // It is told of after its first navigation.
        navigated(popup.mainFrame(), true)
      },
      close: () => observer.ended('page-closed'),
      [dialect.crash]: () => observer.ended('page-crashed'),
    }),
  )
  if (unattributed) stops.push(listenToUnattributed(unattributed.emitter(page), unattributed.is, first, network))
}

/**
 * A page after which the user's own reading would get what is undecoded: Chromium hands out what it keeps as it came, and
 * the libraries take all for UTF-8.
 */
const isOtherPage = (response: ResponseLike<RequestLike>) =>
  readable(() => response.request().isNavigationRequest() && isDeclaredOther(response.headers()['content-type']))

const isMain = (frame: FrameLike | null) => frame?.parentFrame() === null
