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
 * The one that adapters share when they are given none, made from the environment at its first use. After it was closed,
 * at the end of a crawl, the next use makes another.
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

/** How to infer a verdict, and who delivers it. */
export type AdapterOptions<N extends Natives = Natives> =
  | (WatchOptions<N> & {
      /** Default: one that all watches share, made from `REGOTCHA_CLIENT_KEY` and `REGOTCHA_BASE_URL` at its first use. */
      readonly feedback?: RegotchaFeedback | undefined
    })
  /** The predicates are those of the `sites` that it was made with. */
  | (SubmissionOptions & { readonly feedback: RegotchaFeedback; readonly acceptedWhen?: undefined })
  | (SitesOptions<N> & { readonly feedback?: RegotchaFeedback | undefined })

/** How to infer the verdicts of all pages of a browser or context, and who delivers them. */
export interface PlaceOptions<N extends Natives = Natives> extends LookoutOptions<N> {
  /** Default: as of {@link AdapterOptions}. */
  readonly feedback?: RegotchaFeedback | undefined
}

const isFeedback = (value: unknown) => typeof (value as Partial<RegotchaFeedback> | null)?.watch === 'function'

/** A schema for who delivers. */
export const feedbackObject = () =>
  z.custom<RegotchaFeedback>(isFeedback, 'a feedback object of createRegotchaFeedback').optional()

/** The rest is checked by who delivers. */
const adapterOptions = z.looseObject({ feedback: feedbackObject() }, 'an object of options')

/**
 * Arms a watch on an adapter's page and makes it the page's `feedback`. The page stays the same object: a proxy would
 * break identity wherever a library compares pages.
 * @param members - what tells the adapter's own pages from others, with `library` for the error's words.
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
 * Looks out on the pages of an adapter's browser or context for what is solved, and makes who delivers its `feedback`.
 * @param members - as of {@link armWatch}.
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
 * Waits for the verdicts of a page's watches, at most `timeout` ms (default: 5,000): for hooks that run before a page is
 * closed by somebody else.
 * @throws {OptionError} on a wrong option; the returned promise never rejects for another reason.
 * @example
 * new PlaywrightCrawler({ browserPoolOptions: { prePageCloseHooks: [(page) => settled(page)] } })
 */
export async function settled(page: object, options: { readonly timeout?: number | undefined } = {}): Promise<void> {
  const { timeout } = checkOptions('settled', settling, options)
  await Promise.race([Promise.all(hubOf(page).verdicts), sleep(timeout, undefined, { ref: false })])
}
