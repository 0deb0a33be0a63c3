/** What all watches of one page share. Each page has a hub, and so has each browser context. */

import type { ProtocolSession } from './durable-bodies.ts'
import type { Network, ObservedRequest } from './source.ts'

interface Hub {
  /** The pending verdicts of the page's watches, whichever client armed them. */
  verdicts: readonly Promise<unknown>[]
  /** The watches that have, or may have, a submission. */
  neighbours: readonly Neighbour[]
  /** The page's instrumentation, and the number of its observers. */
  // biome-ignore lint/suspicious/noExplicitAny: that of any library
  instrumented?: { readonly instrumentation: Instrumentation<any, any>; observers: number } | undefined
  /** On a context's hub: the pages that get its requests that belong to no page yet. */
  audience?: Audience | undefined
}

/** What an adapter does on a watched page in addition to listening. All observers of the page share it. */
export interface Instrumentation<Request, Response> {
  /** Called for each request, once per observer. */
  requested?(request: Request): void
  /** Called for each navigation of a frame, once per observer. */
  navigated?(frame: object): void
  /** Stops keeping further bodies of the renderer that sent this request. Bodies that it already keeps stay. */
  release(request: Request): void
  /** Reads the body of a response. */
  read(response: Response): Promise<Uint8Array>
  /** A protocol session with the page; `undefined` if there is none. */
  session(): Promise<ProtocolSession | undefined>
  stop(): void
}

/** A watch, as the other watches of its page see it. */
export interface Neighbour {
  /** Whether it has neither `token` nor `submittedWhen`, and has to guess which request is the submission. */
  readonly isGuessing: boolean
  /** Called when another watch submits, or may submit, its token. Returns `false` if it is this watch's own, too. */
  hear(request: ObservedRequest): boolean
  /** Called when what the page does from now on may be about another watch's token. */
  share(): void
  /** Whether the page may send this watch's token again. */
  mayRepeat(): boolean
  /** Until when the page may react to the answer to this watch's token, in ms since the epoch. */
  answersUntil: number
  /** Until when the page may send this watch's token again, in ms since the epoch. */
  repeatsUntil: number
}

export interface Audience {
  /** The listeners of the context's watched pages. */
  members: readonly Network<never, never>[]
  /** Removes the context's listeners. */
  stop(): void
}

const hubs = new WeakMap<object, Hub>()
const none: readonly never[] = []

/** @param of - the library's own object, a page or a context. */
export function hubOf(of: object): Hub {
  const hub = hubs.get(of) ?? { verdicts: none, neighbours: none }
  hubs.set(of, hub)
  return hub
}

/** Makes `settled(page)` wait for a watch. */
export function noteOpen(page: object, { verdict }: { readonly verdict: Promise<unknown> }): void {
  const hub = hubOf(page)
  hub.verdicts = hub.verdicts.concat(verdict)
  void verdict.then(() => {
    hub.verdicts = hub.verdicts.filter((other) => other !== verdict)
  })
}

/** Starts the page's instrumentation, or joins the one in progress. It stops when the last observer leaves. */
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
