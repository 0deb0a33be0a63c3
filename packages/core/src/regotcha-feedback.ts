/** What users hold in their hands. */
import type { Acceptance, AcceptanceFilter } from './acceptance.ts'
import type { FlushReport } from './delivery/delivery.ts'
import type { Feedback } from './delivery/outbox.ts'
import type { FeedbackEvents } from './feedback-events.ts'
import type { Source, Sources } from './page/source.ts'
import type { Natives } from './predicates/evidence.ts'
import type { SitesOptions } from './predicates/site-rules.ts'
import type { Watch, WatchDelivery } from './task-watch.ts'
import type { Answer } from './watch/answer.ts'
import type { Solved } from './watch/token-watcher.ts'
import type { JudgeOptions, LookoutOptions, SubmissionOptions, WatchOptions } from './watch/watch-options.ts'

export interface ReportOptions {
  /** When Regotcha completed the task, in ms since the epoch: its 24 hours count from then. Default: now. */
  readonly completedAt?: number | undefined
}

export interface RegotchaFeedback extends AsyncDisposable {
  /**
   * Feedback for a task, where you know the verdict yourself. It is in the outbox when this returns.
   * @throws {OptionError} at once, on an empty task id, a verdict that is not a boolean, or a wrong option.
   */
  report(taskId: string, valid: boolean, options?: ReportOptions): Promise<WatchDelivery>
  /**
   * Watches a page through an adapter's source. Most users call an adapter's `withRegotchaFeedback` instead.
   * @throws {OptionError} naming each wrong option; `acceptedWhen` may only be missing where there are `sites`.
   */
  watch<N extends Natives>(
    source: Source,
    taskId: string,
    options: WatchOptions<N> | SitesOptions<N> | SubmissionOptions,
  ): Watch
  /**
   * Judges one answer that you have: what the site said to the call that took the token there. The verdict is there at
   * once, as far as the predicates' reading allows, and delivered like any other. Takes a `Response` of any fetch (its
   * body is copied, so judge it before you read it), Playwright's `APIResponse`, a response of got or axios, Regotcha's
   * `forwardResponse` or the `getTaskResult` answer around it, and `{ status, headers, url, body }` of whatever else.
   * `cookie` and `visible` have no opinion; the URL that you asked for shows nothing, the one that a redirect led to does.
   * @throws {OptionError} on an answer of no known shape, and naming each wrong option; `acceptedWhen` may only be
   * missing where there are `sites`, whose rule for the answer's URL then counts.
   * @example
   * feedback.judge(taskId, await fetch(url, { method: 'POST', body }), { acceptedWhen: json(z.object({ success: z.literal(true) })) })
   */
  judge<A extends Answer>(
    taskId: string,
    answer: A,
    options?: JudgeOptions<{ readonly page: unknown; readonly response: A; readonly frame: unknown }>,
  ): Watch
  /**
   * Tells of a captcha that was solved: the page that submits its token is watched, in those browsers and contexts that
   * an adapter's `withRegotchaFeedback` or the plugin knows. Call it before the token is entered. A task that is watched
   * already keeps its watch.
   * @throws {OptionError} at once, on an empty task id or a token too short to be told from other text.
   */
  solved(captcha: Solved): Watch
  /**
   * Looks out on an adapter's pages for what was {@link solved}. Most users call its `withRegotchaFeedback` instead.
   * @throws {OptionError} naming each wrong option; `acceptedWhen` may only be missing where there are `sites`.
   */
  lookOut<N extends Natives>(sources: Sources, options: LookoutOptions<N>): void
  /** Calls `listener` at each event; returns how to stop that. */
  on<Name extends keyof FeedbackEvents>(name: Name, listener: (event: FeedbackEvents[Name]) => unknown): () => void
  /**
   * How many tokens were accepted, rejected (or are held) or left undecided, each task once. An outbox file tells of all
   * processes and earlier runs, as far back as `historyDays`; elsewhere it is the latest 5,000 verdicts of this object, or more.
   * @throws {OptionError} at once, on a `site` that is no host or a `since` that is no time.
   * @example const { rate } = await feedback.acceptance({ site: 'shop.example', since: Date.now() - 60 * 60_000 })
   */
  acceptance(filter?: AcceptanceFilter): Promise<Acceptance>
  /** What is held back by `holdAfter`, the oldest deadline first. Unreleased feedback expires with its 24 hours. */
  held(): Promise<readonly Feedback[]>
  /** Has a held feedback delivered after all; fulfils with whether it was held. */
  release(taskId: string): Promise<boolean>
  /** Never sends a held feedback; fulfils with whether it was held. */
  drop(taskId: string): Promise<boolean>
  /**
   * Waits until everything is delivered that the outbox holds for the key, of other processes and earlier runs too, at
   * most `timeout` ms (default: 10,000). Fulfils with what became of all feedback since this object was made, and why
   * what is left waits.
   */
  flush(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
  /** Ends open watches, flushes for at most `timeout` ms (default: 10,000) with the same report, and stops. */
  close(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
}
