/** What all who deal with one page have in common, in one place: a hub for each page, and for each context of pages. */

import type { ProtocolSession } from './durable-bodies.ts'
import type { Network, ObservedRequest } from './source.ts'

export interface Hub {
  /** The verdicts that are still to come, whoever armed the watches. */
  verdicts: readonly Promise<unknown>[]
  /** The watches that have a submission. */
  neighbours: readonly Neighbour[]
  /** What is done beside listening, and how many observe the page. */
  // biome-ignore lint/suspicious/noExplicitAny: that of any library
  instrumented?: { readonly instrumentation: Instrumentation<any, any>; observers: number } | undefined
  /** Of a context: the requests that belong to none of its pages yet. */
  unattributed?: Unattributed
}

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

/** A watch that has a submission, as the other watches of its page know it. */
export interface Neighbour {
  /** Whether nothing tells it which request is the submission. */
  readonly isGuessing: boolean
  /** Another watch's token leaves. Answers whether it is not this watch's own, too. */
  hear(request: ObservedRequest): boolean
  /** What the page does from now on may be about another watch's token. */
  share(): void
  /** Whether the page may send its token again. */
  mayRepeat(): boolean
  /** Until when the page may go by the answer to its token, in ms since the epoch. */
  answersUntil: number
  /** Until when the page may send its token again. */
  repeatsUntil: number
}

interface Unattributed {
  /** Who watches a page of the context. */
  members: readonly Network<never, never>[]
  /** The chains that began as such: by the time that they are answered they have found their page. */
  readonly chains: WeakSet<object>
  /** Ends listening, which goes on while there are members. */
  stop(): void
}

const hubs = new WeakMap<object, Hub>()
const none: readonly never[] = []

/** @param of - the library's own object, a page or a context of pages. */
export function hubOf(of: object): Hub {
  const hub = hubs.get(of) ?? { verdicts: none, neighbours: none }
  hubs.set(of, hub)
  return hub
}

/** Has `settled(page)` wait for a watch. */
export function noteOpen(page: object, { verdict }: { readonly verdict: Promise<unknown> }): void {
  const hub = hubOf(page)
  hub.verdicts = hub.verdicts.concat(verdict)
  void verdict.then(() => {
    hub.verdicts = hub.verdicts.filter((other) => other !== verdict)
  })
}

/** Begins it, or joins it where it has begun. Returns the page's instrumentation, and how to leave it. */
export function instrument<Page extends object, Request, Response>(
  page: Page,
  begin: (page: Page) => Instrumentation<Request, Response>,
): { readonly instrumentation: Instrumentation<Request, Response>; leave(): void } {
  const hub = hubOf(page)
  const entry = hub.instrumented ?? { instrumentation: begin(page), observers: 0 }
  hub.instrumented = entry
  entry.observers++
  return {
    instrumentation: entry.instrumentation,
    leave() {
      if (--entry.observers > 0) return
      hub.instrumented = undefined
      entry.instrumentation.stop()
    },
  }
}
