/** What Playwright's and Puppeteer's pages have in common, and where they differ. */
import type { Natives } from '../predicates/evidence.ts'
import type { Instrumentation } from './hub.ts'
import type { Emitter, Observer } from './source.ts'

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

export interface PopupLike extends PageLike {
  mainFrame(): FrameLike
}

export interface FrameLike {
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
