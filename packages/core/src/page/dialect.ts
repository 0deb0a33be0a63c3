/** What Playwright's and Puppeteer's pages have in common, and where they differ. */
import type { Natives } from '../predicates/evidence.ts'
import type { Instrumentation } from './hub.ts'
import type { Emitter, Observer } from './source.ts'

/**
 * Structural, so that every version and fork of a library fits: a nominal `Page` of one major version is not assignable
 * to that of another.
 */
export interface PageLike extends Emitter {
  isClosed(): boolean
  url(): string
}

/** The types of the user's own version of the library, inferred from its page. */
export interface PageNatives<P> extends Natives {
  readonly page: P
  readonly response: P extends { waitForResponse(...args: never[]): Promise<infer Response> } ? Response : unknown
  readonly frame: P extends { mainFrame(): infer Frame } ? Frame : unknown
}

/** The same, inferred from a browser or a context. */
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

export interface PopupLike extends PageLike {
  mainFrame(): FrameLike
}

export interface FrameLike {
  url(): string
  parentFrame(): object | null
}

/** Where the libraries differ. */
export interface Dialect<Page, Request, Response> {
  /** The name of the event that a crashed page emits. */
  readonly crash: string
  /** The first request of the redirect chain; it identifies the chain. */
  first(request: Request): object
  /** Returns a function that fetches a body that `postData()` lacks; `undefined` if the request has no body. */
  lateBody?(request: Request): (() => Promise<string | undefined>) | undefined
  /** Fetches all headers, if `headers()` omits those that the browser adds, and the cookies of a response. */
  readonly allHeaders?: (told: Request | Response) => Promise<Record<string, string>>
  /** Whether a response came from the network. One from a service worker or an interception shows no cookies. */
  isOfNetwork(response: Response): boolean | Promise<boolean>
  /** Where the library reports requests that belong to no page yet, and how to recognise them. */
  readonly unattributed?: UnattributedRequests<Page, Request>
  /** Starts the page's instrumentation for its first observer. All observers share it; the last one stops it. */
  instrument(page: Page): Instrumentation<Request, Response>
  /** Starts what is needed for each observer, such as looking for URL changes that have no event. */
  attend?(page: Page, observer: Observer): Attendance<Request>
}

interface UnattributedRequests<Page, Request> {
  emitter(page: Page): Emitter
  is(request: Request): boolean
}

/** What a dialect does for one observer. Its methods are called before the observer gets the page's own event. */
export interface Attendance<Request> {
  requested?(request: Request): void
  failed?(request: Request): void
  navigated?(frame: object): void
  stop(): void
}
