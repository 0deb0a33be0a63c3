import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { OptionError } from './error.ts'
import { createRegotchaFeedback } from './feedback.ts'
import { calledAs, checkOptions, describe, milliseconds } from './options.ts'
import type { PageNatives, PagesNatives } from './page/dialect.ts'
import { hubOf, noteOpen } from './page/hub.ts'
import type { Source, Sources } from './page/source.ts'
import type { Natives } from './predicates/evidence.ts'
import type { SitesOptions } from './predicates/site-rules.ts'
import type { RegotchaFeedback } from './regotcha-feedback.ts'
import type { Watch } from './task-watch.ts'
import type { LookoutOptions, SubmissionOptions, WatchOptions } from './watch/watch-options.ts'

let shared: RegotchaFeedback | undefined

/**
 * The client that all watches share unless they are given one. It is created from the environment on first use. After
 * `close()`, the next use creates another.
 */
export function sharedRegotchaFeedback(): RegotchaFeedback {
  shared ??= openUntilClosed()
  return shared
}

function openUntilClosed(): RegotchaFeedback {
  const feedback = createRegotchaFeedback()
  const close: RegotchaFeedback['close'] = (options) => {
    const closing = feedback.close(options)
    if (shared === own) shared = undefined
    return closing
  }
  const own: RegotchaFeedback = {
    ...feedback,
    close,
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
  return own
}

/** How to infer a verdict, and which client delivers it. */
export type AdapterOptions<N extends Natives = Natives> =
  | (WatchOptions<N> & {
      /**
       * The client that delivers. Default: one that all watches share, created from `REGOTCHA_CLIENT_KEY` and
       * `REGOTCHA_BASE_URL` on first use.
       */
      readonly feedback?: RegotchaFeedback | undefined
    })
  /** A client whose `sites` have the predicates. */
  | (SubmissionOptions & { readonly feedback: RegotchaFeedback; readonly acceptedWhen?: undefined })
  | (SitesOptions<N> & { readonly feedback?: RegotchaFeedback | undefined })

/** How to infer the verdicts of all pages of a browser or context, and which client delivers them. */
export interface PlaceOptions<N extends Natives = Natives> extends LookoutOptions<N> {
  /** Default: as in {@link AdapterOptions}. */
  readonly feedback?: RegotchaFeedback | undefined
}

const isFeedback = (value: unknown) => typeof (value as Partial<RegotchaFeedback> | null)?.watch === 'function'

/** A schema for the client that delivers. */
export const feedbackObject = () =>
  z.custom<RegotchaFeedback>(isFeedback, 'a feedback object of createRegotchaFeedback').optional()

/** The client checks the other options. */
const adapterOptions = z.looseObject({ feedback: feedbackObject() }, 'an object of options')

/**
 * Arms a watch on an adapter's page and sets it as the page's `feedback`. The page stays the same object, because a
 * proxy would not be equal to it where a library compares pages.
 * @param members - methods that only the adapter's pages have. The error names `library` if they are missing.
 */
export function armWatch<P extends object, N extends Natives = PageNatives<P>>(
  {
    page,
    library,
    members,
    source,
  }: {
    readonly page: P
    readonly library: string
    readonly members: readonly string[]
    readonly source: (page: P) => Source
  },
  taskId: string,
  options: AdapterOptions<N>,
): P & { readonly feedback: Watch } {
  expect('page', page, `a page of ${library}`, members)
  checkOptions('withRegotchaFeedback', adapterOptions, options)
  const { feedback = sharedRegotchaFeedback(), ...watchOptions } = options
  const watch = calledAs('withRegotchaFeedback', () => feedback.watch(source(page), taskId, watchOptions))
  noteOpen(page, watch)
  return withFeedback(page, watch)
}

/**
 * Watches all pages of an adapter's browser or context for solved tokens, and sets the client as its `feedback`.
 * @param members - as in {@link armWatch}.
 */
export function lookOut<B extends object>(
  {
    place,
    library,
    members,
    sources,
  }: {
    readonly place: B
    readonly library: string
    readonly members: readonly string[]
    readonly sources: (place: B) => Sources
  },
  options: PlaceOptions<PagesNatives<B>>,
): B & { readonly feedback: RegotchaFeedback } {
  expect('browser', place, `a browser or context of ${library}, or a page with the id of its task`, members)
  checkOptions('withRegotchaFeedback', adapterOptions, options)
  const { feedback = sharedRegotchaFeedback(), ...lookoutOptions } = options
  calledAs('withRegotchaFeedback', () => feedback.lookOut(sources(place), lookoutOptions))
  return withFeedback(place, feedback)
}

function expect(name: string, value: object, what: string, members: readonly string[]): void {
  const isIt = (value: unknown) =>
    members.every((member) => typeof (value as Readonly<Record<string, unknown>> | null)?.[member] === 'function')
  if (!isIt(value)) throw new OptionError(`withRegotchaFeedback: \`${name}\`: expected ${what}, got ${describe(value)}`)
}

function withFeedback<T extends object, F>(host: T, feedback: F): T & { readonly feedback: F } {
  return Object.defineProperty(host, 'feedback', { value: feedback, configurable: true }) as T & {
    readonly feedback: F
  }
}

const settling = z.strictObject({ timeout: milliseconds().default(5_000) }, 'options as { timeout }')

/**
 * Waits for the verdicts of a page's watches, at most `timeout` ms (default: 5,000). Use it in hooks that run before
 * something else closes the page.
 * @throws {OptionError} on a wrong option. The returned promise rejects for no other reason.
 * @example
 * new PlaywrightCrawler({ browserPoolOptions: { prePageCloseHooks: [(page) => settled(page)] } })
 */
export async function settled(page: object, options: { readonly timeout?: number | undefined } = {}): Promise<void> {
  const { timeout } = checkOptions('settled', settling, options)
  await Promise.race([Promise.all(hubOf(page).verdicts), sleep(timeout, undefined, { ref: false })])
}
