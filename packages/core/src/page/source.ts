import { isWeb } from './url.ts'

/**
 * A request of a page, as an adapter reports it. Costly members should be getters: most requests of a page are
 * irrelevant, and must cost nothing.
 */
export interface ObservedRequest {
  /** The same object for each hop of one redirect chain, and for no other chain. */
  readonly chain: object
  readonly url: string
  readonly method: string
  /** As the browser's protocol names it: `document`, `xhr`, `fetch`, `image`, … */
  readonly resourceType: string
  readonly headers: Readonly<Record<string, string>>
  /** Fetches all headers. Set if `headers` may lack those that the browser adds. Called once there is a response. */
  readonly allHeaders?: (() => Promise<Readonly<Record<string, string>>>) | undefined
  /** Fetches how the browser came to the document: `typed`, `link`, `form_submit`, `reload`, `back`, … */
  readonly transition?: (() => Promise<string | undefined>) | undefined
  readonly body: string | undefined
  /** Fetches the body, if the library knows that there is one but does not have it at once. */
  readonly lateBody?: (() => Promise<string | undefined>) | undefined
  /** The frame that sent the request. */
  readonly frame: object | undefined
  /** Whether the request loads a document into its frame. */
  readonly isNavigation: boolean
  /** Whether the crawler's own code chose the URL. Then the URL says nothing about the answer. */
  readonly isChosen?: boolean | undefined
  /** Whether the request belongs to no page yet, or to a popup. Then only a token shows whose submission it is. */
  readonly isUnattributed: boolean
  /** The library's own object, one for each hop of a chain. */
  readonly native: object
}

/** The part of a request that `submittedWhen` sees. */
export type SentRequest = Pick<ObservedRequest, 'url' | 'method' | 'headers' | 'body' | 'resourceType' | 'native'>

export interface ObservedResponse {
  readonly request: ObservedRequest
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Fetches all headers. Set if `headers` may lack `set-cookie`. */
  readonly allHeaders?: (() => Promise<Readonly<Record<string, string>>>) | undefined
  text(): Promise<string>
  /** Copies the body before the user reads it, for predicates that may ask for it later. */
  readonly keep?: (() => void) | undefined
  /** The library's own object. */
  readonly native: unknown
}

export interface ObservedNavigation {
  readonly frame: object
  readonly isMainFrame: boolean
  /** Whether the frame is in a popup of the page. Libraries do not report all documents of popups. */
  readonly isPopup?: boolean | undefined
  readonly url: string
  readonly native: unknown
}

/** Resource types that the browser loads itself. A page can't give such requests a body or headers. */
export const assetTypes = new Set(['image', 'stylesheet', 'font', 'media', 'script', 'manifest', 'texttrack'])

/** Whether a request can matter. CORS preflights can't: the browser sends them itself, and Puppeteer reports them. */
export const concernsUs = ({ url, method }: ObservedRequest) => isWeb(url) && method !== 'OPTIONS'

/**
 * Receives what a page does.
 *
 * - Facts MUST be reported in the order in which they happened: a `request` before its `response`, and one `response`
 *   for each hop of a redirect chain. A `navigated` MAY come before or after the `response` of its document.
 * - A request MUST be reported when it leaves, with its body. If the library has to fetch the body, set `lateBody` and
 *   wrap the observer in `withBodies`.
 * - Objects in `chain`, `frame` and `native` are compared by identity: the same thing MUST always be the same object.
 * - Unknown values MUST be left out (`undefined`), never guessed. Reading what is gone MUST reject or throw.
 * - Requests of workers, popups and pages that are not known yet MUST be reported with `isUnattributed`.
 * - A source MUST NOT report anything after `ended`.
 */
export interface Observer {
  request(request: ObservedRequest): void
  response(response: ObservedResponse): void
  /** The request failed. MAY also be reported for a request that was answered, as some libraries do. */
  failed(request: ObservedRequest): void
  /** A frame shows another document, or its URL changed within the document. */
  navigated(navigation: ObservedNavigation): void
  /** Nothing more will be reported. */
  ended(how: 'page-closed' | 'page-crashed'): void
}

/**
 * A page that can be watched. An adapter creates it from its library's page.
 *
 * - `page` MUST be the same object for the same page: the watches of one page find each other by it.
 * - `url()` MUST return the URL that the page shows now, without waiting. It MAY throw.
 * - `html()` SHOULD return the HTML of the page as it is now, and `renderedText()` the text that it shows, without a
 *   call into the page. They MAY reject.
 * - `observe()` MUST NOT change anything that the page or the site can see. The function that it returns MUST remove
 *   everything that it added, and MAY be called twice.
 * - Listeners MUST NOT throw into the library's events: add them with `listen`.
 */
export interface Source {
  readonly page: object
  url(): string
  html?(): Promise<string | undefined>
  renderedText?(): Promise<string | undefined>
  observe(observer: Observer): () => void
}

/** The pages of a browser, or of one of its contexts. An adapter creates it from either. */
export interface Sources {
  /** The library's own object: the browser or context. */
  readonly place: object
  /** Reports each open page and each that opens later. Returns a function that stops this and removes all listeners. */
  observe(opened: (source: Source) => void): () => void
}

/** Listeners for network events of a page, or of its context on the page's behalf. */
export interface Network<Request, Response> {
  request(request: Request, isUnattributed?: boolean): void
  response(response: Response, isUnattributed?: boolean): void
  requestfailed(request: Request, isUnattributed?: boolean): void
}

export interface Emitter {
  // biome-ignore lint/suspicious/noExplicitAny: each library types its events in its own way
  on(event: any, listener: (payload: any) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: see above
  off(event: any, listener: (payload: any) => void): unknown
}

/**
 * Adds listeners, and returns a function that removes them all. Neither function throws. The listeners don't throw into
 * the emitter, which would end the process. They don't return promises, because Puppeteer would hold the user's request
 * until they settle.
 * @param self - `this` of the listeners.
 */
export function listen(
  emitter: Emitter,
  // biome-ignore lint/suspicious/noExplicitAny: see Emitter
  listeners: Readonly<Record<string, (payload: any) => void>>,
  self?: object,
): () => void {
  const safe = Object.fromEntries(Object.entries(listeners).map(([event, listener]) => [event, safely(listener, self)]))
  for (const event in safe) readable(() => emitter.on(event, safe[event] as () => void))
  return () => {
    for (const event in safe) readable(() => emitter.off(event, safe[event] as () => void))
  }
}

/** An observer that never throws, because neither a library's event nor a timer would catch the exception. */
export const guarded = (observer: Observer): Observer => ({
  request: safely(observer.request, observer),
  response: safely(observer.response, observer),
  failed: safely(observer.failed, observer),
  navigated: safely(observer.navigated, observer),
  ended: safely(observer.ended, observer),
})

/** By listener, so that all its bound copies share one: they take less than half the memory of closures. */
const safeOnes = new WeakMap<object, (payload: never) => void>()

function safely<T>(tell: (payload: T) => void, self?: object): (payload: T) => void {
  const safe = safeOnes.get(tell) ?? safeOne(tell)
  safeOnes.set(tell, safe)
  return safe.bind(self) as (payload: T) => void
}

function safeOne<T>(tell: (payload: T) => void) {
  return function (this: unknown, payload: T): void {
    try {
      tell.call(this, payload)
    } catch {
      // If a library's object can't be read, that evidence is missing.
    }
  }
}

/** What `read` returns, or `undefined` if the library throws, as for a worker's frame or a body in Firefox. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
