/** The client: the object that `createRegotchaFeedback` returns. */
import type { Acceptance, AcceptanceFilter } from './acceptance.ts'
import type { Answer } from './answer/answer.ts'
import type { FlushReport } from './delivery/delivery.ts'
import type { Feedback } from './delivery/outbox.ts'
import type { FeedbackEvents } from './feedback-events.ts'
import type { Source, Sources } from './page/source.ts'
import type { Natives } from './predicates/evidence.ts'
import type { SitesOptions } from './predicates/site-rules.ts'
import type { Watch, WatchDelivery } from './task-watch.ts'
import type { Solved } from './watch/token-watcher.ts'
import type { JudgeOptions, LookoutOptions, SubmissionOptions, WatchOptions } from './watch/watch-options.ts'

export interface ReportOptions {
  /** When Regotcha completed the task, in ms since the epoch. Its 24 hours count from then. Default: now. */
  readonly completedAt?: number | undefined
}

export interface RegotchaFeedback extends AsyncDisposable {
  /**
   * Sends feedback for a task whose verdict you know yourself. The feedback is in the outbox when this returns.
   * @throws {OptionError} at once, on an empty task id, a verdict that is not a boolean, or a wrong option.
   */
  report(taskId: string, valid: boolean, options?: ReportOptions): Promise<WatchDelivery>
  /**
   * Watches a page through an adapter's source. Most users call an adapter's `withRegotchaFeedback` instead.
   * @throws {OptionError} naming each wrong option. Without `sites`, `acceptedWhen` is required.
   */
  watch<N extends Natives>(
    source: Source,
    taskId: string,
    options: WatchOptions<N> | SitesOptions<N> | SubmissionOptions,
  ): Watch
  /**
   * Judges one answer: the site's response to the call that carried the token. The verdict settles as soon as the
   * predicates have answered, and is delivered like any other. Takes a `Response` of any fetch (its body is copied, so
   * judge it before you read it), Playwright's `APIResponse`, a response of got or axios, Regotcha's `forwardResponse`
   * or the `getTaskResult` answer that contains it, and `{ status, headers, url, body }` for anything else. `cookie`
   * and `visible` abstain. The URL that you requested does not count; the URL that a redirect led to does.
   * @throws {OptionError} on an answer of unknown shape, and naming each wrong option. Without `acceptedWhen`, `sites`
   * are required, and the rule for the answer's URL applies.
   * @example
   * feedback.judge(taskId, await fetch(url, { method: 'POST', body }), {
   *   acceptedWhen: json(z.object({ success: z.literal(true) })),
   * })
   */
  judge<A extends Answer>(
    taskId: string,
    answer: A,
    options?: JudgeOptions<{ readonly page: unknown; readonly response: A; readonly frame: unknown }>,
  ): Watch
  /**
   * Registers a solved captcha. The page that submits its token is watched, in every browser or context that you passed
   * to an adapter's `withRegotchaFeedback` or that uses the plugin. Call it before the token is entered. A task that
   * already has a watch keeps it.
   * @throws {OptionError} at once, on an empty task id, or a token so short that other text could contain it.
   */
  solved(captcha: Solved): Watch
  /**
   * Watches an adapter's pages for tokens that were {@link solved}. Most users call its `withRegotchaFeedback` instead.
   * @throws {OptionError} naming each wrong option. Without `sites`, `acceptedWhen` is required.
   */
  lookOut<N extends Natives>(sources: Sources, options: LookoutOptions<N>): void
  /** Calls `listener` on each event. Returns a function that removes it. */
  on<Name extends keyof FeedbackEvents>(name: Name, listener: (event: FeedbackEvents[Name]) => unknown): () => void
  /**
   * Counts accepted, rejected (or held) and undecided tokens, each task once. With an outbox file, the counts cover all
   * processes and earlier runs, as far back as `historyDays`. Otherwise they cover at least the latest 5,000 verdicts
   * of this client.
   * @throws {OptionError} at once, if `site` is not a host or `since` is not a time.
   * @example const { rate } = await feedback.acceptance({ site: 'shop.example', since: Date.now() - 60 * 60_000 })
   */
  acceptance(filter?: AcceptanceFilter): Promise<Acceptance>
  /** The rejections held by `holdAfter`, oldest deadline first. Unless released, they expire after 24 hours. */
  held(): Promise<readonly Feedback[]>
  /** Delivers a held feedback. Fulfils with whether it was held. */
  release(taskId: string): Promise<boolean>
  /** Discards a held feedback: it is never sent. Fulfils with whether it was held. */
  drop(taskId: string): Promise<boolean>
  /**
   * Waits until all pending feedback of the key is delivered, including that of other processes and earlier runs. Waits
   * at most `timeout` ms (default: 10,000). Fulfils with what happened to all feedback since this client was created,
   * and why the rest is still pending.
   */
  flush(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
  /** Ends open watches, flushes for at most `timeout` ms (default: 10,000) and stops. Fulfils as {@link flush}. */
  close(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
}
