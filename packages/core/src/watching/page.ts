/** What Playwright's and Puppeteer's pages have in common, as a source: the same members, by the same names. */
import type { Natives } from './evidence.ts'
import { listen, type ObservedRequest, type Observer, type Source } from './source.ts'

/** Structural, so that each version and fork of a library fits; a nominal `Page` of one major is not that of another. */
export interface PageLike {
  // biome-ignore lint/suspicious/noExplicitAny: each library types its events in its own way
  on(event: any, listener: (payload: any) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: see above
  off(event: any, listener: (payload: any) => void): unknown
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
  frame(): object | null
  isNavigationRequest(): boolean
}

export interface ResponseLike<Request> {
  request(): Request
  url(): string
  status(): number
  headers(): Record<string, string>
  text(): Promise<string>
}

interface FrameLike {
  url(): string
  parentFrame(): object | null
}

/** Where the libraries differ. */
export interface Dialect<Request, Response> {
  /** The event of a crashed page. */
  readonly crash: string
  /** The first request of the redirect chain. */
  first(request: Request): object
  /** Fetches a body that the request has and `postData()` does not tell; `undefined` when there is none. */
  lateBody?(request: Request): (() => Promise<string | undefined>) | undefined
  /** All headers of a response, where `headers()` leaves out its cookies. */
  readonly allHeaders?: (response: Response) => Promise<Record<string, string>>
  /** Where requests are told that belong to no page yet, and which they are. */
  readonly strays?: Strays<Request>
  /** What is to be done beside listening while a page is watched. */
  attend?(observer: Observer): Attendance<Response>
}

interface Strays<Request> {
  readonly emitter: Pick<PageLike, 'on' | 'off'>
  is(request: Request): boolean
}

export interface Attendance<Response> {
  /** Reads a body in a better way than the library's own. */
  readonly text?: (response: Response) => Promise<string>
  stop(): void
}

export function pageSource<Request extends RequestLike, Response extends ResponseLike<Request>>(
  page: PageLike,
  dialect: Dialect<Request, Response>,
): Source {
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
    observe(observer) {
      if (page.isClosed()) observer.ended('page-closed')
      const { allHeaders } = dialect
      const attendance = dialect.attend?.(observer)
      const network = (isStray: boolean, concerns: (request: Request) => boolean) => ({
        request: (request: Request) => {
          if (concerns(request)) observer.request(observed(request, isStray))
        },
        response: (response: Response) => {
          if (!concerns(response.request())) return
          observer.response({
            request: observed(response.request(), isStray),
            url: response.url(),
            status: response.status(),
            get headers() {
              return response.headers()
            },
            allHeaders: allHeaders && (() => allHeaders(response)),
            text: () => attendance?.text?.(response) ?? response.text(),
            native: response,
          })
        },
        requestfailed: (request: Request) => {
          if (concerns(request)) observer.failed(observed(request, isStray))
        },
      })
      const navigated = (frame: FrameLike, isMainFrame: boolean) =>
        observer.navigated({ frame, isMainFrame, url: frame.url(), native: frame })
      /** The chains that were told as strays, which a popup tells again. */
      const strayed = new WeakSet<object>()
      const stops = [
        listen(page, {
          ...network(false, () => true),
          framenavigated: (frame: FrameLike) => navigated(frame, frame.parentFrame() === null),
          popup(popup: PageLike) {
            const listeners = network(true, (request) => !strayed.has(dialect.first(request)))
            stops.push(listen(popup, { ...listeners, framenavigated: (frame: FrameLike) => navigated(frame, false) }))
          },
          close: () => observer.ended('page-closed'),
          [dialect.crash]: () => observer.ended('page-crashed'),
        }),
      ]
      const { strays } = dialect
      if (strays) {
        const isStray = (request: Request) => {
          strayed.add(dialect.first(request))
          return true
        }
        stops.push(listenToStrays(strays, dialect.first, network(true, isStray)))
      }
      return () => {
        for (const stop of stops) stop()
        attendance?.stop()
      }
    },
  }
}

type Listeners = Parameters<typeof listen>[1]

/** By emitter: who is told of its strays, which are found out once, however many watch pages there. */
const audiences = new WeakMap<object, { readonly members: Set<Listeners>; stop(): void }>()

function listenToStrays<Request extends RequestLike>(
  strays: Strays<Request>,
  first: (request: Request) => object,
  listeners: Listeners,
): () => void {
  const { members, stop } = audiences.get(strays.emitter) ?? gatherAudience(strays, first)
  members.add(listeners)
  return () => {
    members.delete(listeners)
    if (members.size > 0) return
    stop()
    audiences.delete(strays.emitter)
  }
}

function gatherAudience<Request extends RequestLike>(
  { emitter, is }: Strays<Request>,
  first: (request: Request) => object,
) {
  const members = new Set<Listeners>()
  /** The chains that began as strays: by the time that they are answered they have found their page. */
  const strayed = new WeakSet<object>()
  const tell = (event: string, request: Request, payload: unknown) => {
    const chain = first(request)
    if (is(request)) strayed.add(chain)
    if (!strayed.has(chain)) return
    for (const member of [...members]) readable(() => member[event]?.(payload))
  }
  const stop = listen(emitter, {
    request: (request: Request) => tell('request', request, request),
    response: (response: ResponseLike<Request>) => tell('response', response.request(), response),
    requestfailed: (request: Request) => tell('requestfailed', request, request),
  })
  const audience = { members, stop }
  audiences.set(emitter, audience)
  return audience
}

/** What `read` returns, or `undefined` where the library throws: of a worker's frame, of a body in Firefox. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
