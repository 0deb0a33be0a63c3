import { isWeb } from './url.ts'

/**
 * What an adapter tells of a page, in core's words. Members are read when asked for: most requests of a page concern
 * nobody, and must cost nothing.
 */
export interface ObservedRequest {
  /** The same object for each hop of one redirect chain, and for no other chain. */
  readonly chain: object
  readonly url: string
  readonly method: string
  /** In the words of the browser's protocol: `document`, `xhr`, `fetch`, `image`, … */
  readonly resourceType: string
  readonly headers: Readonly<Record<string, string>>
  /** With what the browser itself adds, where the library does not tell it at once; to be asked when there is an answer. */
  readonly allHeaders?: (() => Promise<Readonly<Record<string, string>>>) | undefined
  /** How the browser came to the document, as its history has it; in the protocol's words. */
  readonly transition?: (() => Promise<string | undefined>) | undefined
  readonly body: string | undefined
  /** Fetches the body where the library knows that there is one and does not hand it over at once. */
  readonly lateBody?: (() => Promise<string | undefined>) | undefined
  /** The frame that sent it, by identity. */
  readonly frame: object | undefined
  /** Whether it loads a document into its frame. */
  readonly isNavigation: boolean
  /** Whether the crawler's own code chose the URL, which then says nothing of the answer. */
  readonly isChosen?: boolean | undefined
  /** Whether it is of no page yet, or of a popup: only a token tells whose submission it is. */
  readonly isUnattributed: boolean
  /** The library's own object: one for each hop of a chain. */
  readonly native: object
}

/** A request, as far as `submittedWhen` sees it. */
export type SentRequest = Pick<ObservedRequest, 'url' | 'method' | 'headers' | 'body' | 'resourceType' | 'native'>

export interface ObservedResponse {
  readonly request: ObservedRequest
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** With `set-cookie`, where the library does not tell it at once. */
  readonly allHeaders?: (() => Promise<Readonly<Record<string, string>>>) | undefined
  text(): Promise<string>
  /** Secures the body for a predicate that may ask for it late, where the user is about to read it. */
  readonly keep?: (() => void) | undefined
  /** The library's own object. */
  readonly native: unknown
}

export interface ObservedNavigation {
  readonly frame: object
  readonly isMainFrame: boolean
  /** Whether it is in a popup of the page, whose documents nobody tells. */
  readonly isPopup?: boolean | undefined
  readonly url: string
  readonly native: unknown
}

/** What the browser loads on its own behalf; a page can't give these a body or headers. */
export const assetTypes = new Set(['image', 'stylesheet', 'font', 'media', 'script', 'manifest', 'texttrack'])

/** A preflight is the browser's own question, of which Puppeteer tells. */
export const concernsUs = ({ url, method }: ObservedRequest) => isWeb(url) && method !== 'OPTIONS'

/**
 * Receives what a page does.
 *
 * - Facts MUST be told in the order in which they happened, a `request` before its `response`, and one `response` for
 *   each hop of a redirect chain. A `navigated` MAY come before or after the `response` of the document that it shows.
 * - A request MUST be told when it leaves, with its body; where the library has to fetch that, set `lateBody` and wrap
 *   the observer in `withBodies`.
 * - Objects in `chain`, `frame` and `native` are compared by identity: the same thing MUST be the same object each time.
 * - What is not known MUST be left out (`undefined`), never guessed. What can't be read any more MUST reject or throw.
 * - Requests of workers, popups and pages that are not known yet MUST be told with `isUnattributed`.
 * - After `ended` nothing MUST be told.
 */
export interface Observer {
  request(request: ObservedRequest): void
  response(response: ObservedResponse): void
  /** The request came to nothing. MAY also be told of a request that was answered, as some libraries do. */
  failed(request: ObservedRequest): void
  /** A frame shows another document, or its URL was changed within the document. */
  navigated(navigation: ObservedNavigation): void
  /** Nothing more will come. */
  ended(how: 'page-closed' | 'page-crashed'): void
}

/**
 * A page that can be watched: what an adapter makes of its library's page.
 *
 * - `page` MUST be the same object for the same page: watches of one page are told apart by it.
 * - `url()` MUST be what the page shows now, without waiting; it MAY throw.
 * - `observe()` MUST add listeners only, and change nothing that the page or the site sees. What it returns MUST remove
 *   all that it added, and MAY be called twice.
 * - Nothing thrown in the library's own events may come of it: wrap listeners with `listen`.
 */
export interface Source {
  readonly page: object
  url(): string
  observe(observer: Observer): () => void
}

/** The pages of a browser, or of one of its contexts: what an adapter makes of either. */
export interface Sources {
  /** The library's own object. */
  readonly place: object
  /** Tells each page that is there and each that opens; returns how to stop, with nothing left behind. */
  observe(opened: (source: Source) => void): () => void
}

/** What a page listens to of its network, or its context for it. */
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
 * Attaches listeners and returns how to remove them all. Neither throws, nor do the listeners into the emitter, where it
 * would end the process; and they never return a promise, which Puppeteer would hold the user's request for.
 * @param self - `this` of the listeners.
 */
export function listen(
  emitter: Emitter,
  // biome-ignore lint/suspicious/noExplicitAny: see Emitter
  listeners: Readonly<Record<string, (payload: any) => void>>,
  self?: object,
): () => void {
  const safe = Object.fromEntries(Object.entries(listeners).map(([event, listener]) => [event, safely(listener, self)]))
  for (const [event, listener] of Object.entries(safe)) readable(() => emitter.on(event, listener))
  return () => {
    for (const [event, listener] of Object.entries(safe)) readable(() => emitter.off(event, listener))
  }
}

/** An observer that never throws: neither a library nor the one who tells facts later has anybody to catch it. */
export const guarded = ({ request, response, failed, navigated, ended }: Observer): Observer => ({
  request: safely(request),
  response: safely(response),
  failed: safely(failed),
  navigated: safely(navigated),
  ended: safely(ended),
})

function safely<T>(tell: (payload: T) => void, self?: object): (payload: T) => void {
  return (payload) => {
    try {
      tell.call(self, payload)
    } catch {
      // A library's object that can't be read is evidence that we don't have.
    }
  }
}

/** What `read` returns, or `undefined` where the library throws: of a worker's frame, of a body in Firefox. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
