import { z } from 'zod'
import { createRegotchaFeedback, type RegotchaFeedback, type Watch } from './feedback.ts'
import { checkOptions } from './options.ts'
import type { Natives } from './watching/evidence.ts'
import type { PageLike, PageNatives } from './watching/page.ts'
import type { Source } from './watching/source.ts'
import type { SubmissionOptions, WatchOptions } from './watching/watch-options.ts'

let shared: RegotchaFeedback | undefined

/** The one that adapters share when they are given none, made from the environment at its first use. */
export function sharedRegotchaFeedback(): RegotchaFeedback {
  shared ??= createRegotchaFeedback()
  return shared
}

/** How to infer a verdict, and who delivers it. */
export type AdapterOptions<N extends Natives = Natives> =
  | (WatchOptions<N> & {
      /** Default: one that all watches share, made from `REGOTCHA_CLIENT_KEY` and `REGOTCHA_BASE_URL` at its first use. */
      readonly feedback?: RegotchaFeedback | undefined
    })
  /** The predicates are those of the `sites` that it was made with. */
  | (SubmissionOptions & { readonly feedback: RegotchaFeedback; readonly acceptedWhen?: undefined })

/**
 * Arms a watch on an adapter's page and makes it the page's `feedback`. The page stays the same object: a proxy would
 * break identity wherever a library compares pages.
 * @param members - what tells the adapter's own pages from others, with `library` for the error's words.
 */
export function armWatch<P extends PageLike>(
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
  options: AdapterOptions<PageNatives<P>>,
): P & { readonly feedback: Watch } {
  const isPage = (value: unknown) =>
    members.every((member) => typeof (value as Readonly<Record<string, unknown>> | null)?.[member] === 'function')
  checkOptions('withRegotchaFeedback', z.object({ page: z.custom<P>(isPage, `a page of ${library}`) }), { page })
  const { feedback = sharedRegotchaFeedback(), ...watchOptions } = options ?? {}
  const watch = feedback.watch(source(page), taskId, watchOptions)
  return Object.defineProperty(page, 'feedback', { value: watch, configurable: true }) as P & {
    readonly feedback: Watch
  }
}
