import type { ProtocolSession } from './durable-bodies.ts'

/** What is done beside listening while a page is watched, once for all who observe it. */
export interface Instrumentation<Request, Response> {
  /** Are told of what the page tells, once by each who observes it. */
  requested?(request: Request): void
  navigated?(frame: object): void
  /** Keeps no more bodies of the renderer that sent this, but those that it keeps already. */
  release(request: Request): void
  /** The body of a response. */
  read(response: Response): Promise<Uint8Array>
  /** A session of the protocol with the page; `undefined` where there is none. */
  session(): Promise<ProtocolSession | undefined>
  stop(): void
}

/** By page, and how many observe it. */
const instrumented = new WeakMap<object, { readonly instrumentation: AnyInstrumentation; observers: number }>()

// biome-ignore lint/suspicious/noExplicitAny: that of any library
type AnyInstrumentation = Instrumentation<any, any>

/** Begins it, or joins it where it has begun. Returns the page's instrumentation, and how to leave it. */
export function instrument<Page extends object, Request, Response>(
  page: Page,
  begin: (page: Page) => Instrumentation<Request, Response>,
): { readonly instrumentation: Instrumentation<Request, Response>; leave(): void } {
  const entry = instrumented.get(page) ?? { instrumentation: begin(page), observers: 0 }
  instrumented.set(page, entry)
  entry.observers++
  return {
    instrumentation: entry.instrumentation,
    leave() {
      if (--entry.observers > 0) return
      instrumented.delete(page)
      entry.instrumentation.stop()
    },
  }
}
