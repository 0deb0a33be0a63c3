/** Where watching meets delivery: the one file that knows both. */
import { type Acceptance, type AcceptanceFilter, createAcceptance } from './acceptance.ts'
import { feedbackOptions, type RegotchaFeedbackOptions } from './configuration.ts'
import { debugLog } from './debug-log.ts'
import { createAttempt } from './delivery/attempt.ts'
import { createDelivery, type FlushReport } from './delivery/delivery.ts'
import { openOutbox } from './delivery/open-outbox.ts'
import type { Feedback, Origin } from './delivery/outbox.ts'
import { accountOf } from './delivery/sqlite/stored-row.ts'
import { decided, history, listening, task, waiting } from './doors.ts'
import { OptionError } from './error.ts'
import { createEvents } from './events.ts'
import { type Failure, type FeedbackEvents, failureSentence } from './feedback-events.ts'
import type { Verdict } from './inference/verdict.ts'
import { checkOptions } from './options.ts'
import { otelMeter } from './otel-meter.ts'
import { createPaceNotice } from './pace-notice.ts'
import type { Source, Sources } from './page/source.ts'
import type { Natives } from './predicates/evidence.ts'
import { checkWatch, type SitesOptions } from './predicates/site-rules.ts'
import { createVisitRecords } from './recording/recorded-watch.ts'
import { createRejectGuard } from './reject-guard.ts'
import { onFirstSignal } from './signals.ts'
import { createTaskWatches, type Watch, type WatchDelivery } from './task-watch.ts'
import { createWarnings, warn } from './warnings.ts'
import type { Answer } from './watch/answer.ts'
import { judgeAnswer } from './watch/judge-answer.ts'
import { createTokenWatcher, type Solved, solved } from './watch/token-watcher.ts'
import {
  type JudgeOptions,
  judgeOptions,
  judgeOptionsBySite,
  type LookoutOptions,
  lookoutOptions,
  type SubmissionOptions,
  type WatchOptions,
} from './watch/watch-options.ts'

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

const day = 24 * 60 * 60_000

/**
 * The long-lived object behind all watches: client, outbox, pace and events.
 * @throws {OptionError} naming each wrong option, what was expected and what came.
 * @example
 * await using feedback = createRegotchaFeedback({ clientKey })
 * feedback.report('task_abc123xyz789', true)
 */
export function createRegotchaFeedback(options: RegotchaFeedbackOptions = {}): RegotchaFeedback {
  const {
    clientKey = '',
    baseURL,
    outbox: place,
    pace,
    sites: common,
    holdAfter,
    acceptance: alert,
    historyDays,
    attemptTimeout,
    closeOn,
    closeTimeout,
    dryRun,
    record,
    fetch,
    clock,
  } = checkOptions('createRegotchaFeedback', feedbackOptions, options)
  const events = createEvents<FeedbackEvents>()
  const log = debugLog()
  if (log) events.tap(log)
  const meter = otelMeter()
  if (meter) events.tap(meter.count)
  const fail = (failure: Failure) => {
    if (!events.emit('failed', failure)) warn(failureSentence(failure))
  }
  const warnings = createWarnings()
  /** After the caller's own work, who may be about to listen. */
  const trouble = (detail: string) => queueMicrotask(() => fail({ kind: 'outbox', detail }))

  warnings.ofWeakness(common)
  const outbox = openOutbox({
    place: dryRun ? 'memory' : place,
    account: accountOf(clientKey, baseURL),
    clock,
    history: historyDays * day,
    trouble,
  })
  const delivery = createDelivery({
    outbox,
    attempt: createAttempt({ clientKey, baseURL, timeout: attemptTimeout, fetch, now: () => clock.now() }),
    pace,
    clock,
    events: {
      attempted: ({ taskId, attempts }, outcome, took) => events.emit('attempt', { taskId, attempts, outcome, took }),
      ended({ taskId, valid, decidedAt }, ending) {
        if (ending.kind !== 'delivered') return fail({ ...ending, taskId, valid })
        const { by, attempts } = ending
        events.emit('delivered', { taskId, valid, by, attempts, took: clock.now() - decidedAt })
      },
      conflict: (taskId, kept) => fail({ kind: 'conflict', taskId, kept }),
      keyRejected: (detail) => fail({ kind: 'key-rejected', detail }),
    },
  })
  const guard = createRejectGuard({ outbox, events, holdAfter })
  const acceptance = createAcceptance({ outbox, events, clock, alert })
  const stopGauges = meter?.observe(outbox, clock)
  const lookout = createTokenWatcher(clock)
  const visits = createVisitRecords({ folder: record, secrets: [clientKey], warn })
  const watches = createTaskWatches(clock, decide)
  let closing: Promise<FlushReport> | undefined
  let isClosed = false
  const stopListening = onFirstSignal(closeOn, () => shutDown(closeTimeout))

  function assertOpen(caller: string): void {
    if (isClosed) throw new OptionError(`${caller}: expected an open feedback object, got one that was closed`)
  }

  const comesIn = createPaceNotice(pace, clock, warn)

  async function deliver(...decided: Parameters<typeof delivery.add>): Promise<WatchDelivery> {
    if (dryRun) return { kind: 'not-sent', reason: 'dry-run' }
    comesIn()
    return delivery.add(...decided)
  }

  function decide(taskId: string, verdict: Verdict, origin: Origin): Promise<WatchDelivery> | WatchDelivery {
    const { site } = origin
    if (verdict.kind === 'undecided') {
      const { hint, trail } = verdict.why
      if (!dryRun) outbox.note?.({ taskId, decidedAt: clock.now(), origin, hint, trail })
      events.emit('verdict', { taskId, site, verdict })
      acceptance.decided(taskId, verdict.kind, site)
      const isHeard = events.emit('undecided', { taskId, site, verdict })
      if (!isHeard && !log) warnings.ofUndecided(taskId, site, verdict)
      return { kind: 'not-sent', reason: 'undecided' }
    }
    const isHeld = guard.holds(verdict, site)
    const completedAt = clock.now() - origin.took // it had its token when it was armed, or got it soon after
    const decided = { taskId, valid: verdict.kind === 'accepted', origin, completedAt }
    const delivered = deliver(decided, isHeld ? 'hold' : 'add')
    events.emit('verdict', { taskId, site, verdict })
    if (verdict.kind === 'rejected' && isHeld) {
      void delivered.then(({ kind }) => kind === 'held' && guard.tell({ taskId, site, verdict }))
    }
    acceptance.decided(taskId, verdict.kind, site, isHeld)
    return delivered
  }

  function shutDown(timeout: number): Promise<FlushReport> {
    const until = clock.now() + timeout
    closing ??= watches
      .end()
      .then(() => visits.written())
      .then(() => delivery.close(Math.max(1, until - clock.now())))
      .finally(() => {
        stopListening()
        stopGauges?.()
      })
    return closing
  }

  function close(options: { readonly timeout?: number | undefined } = {}): Promise<FlushReport> {
    const { timeout } = checkOptions('close', waiting, options)
    isClosed = true
    return shutDown(timeout)
  }

  return {
    report(taskId, valid, options) {
      assertOpen('report')
      const task = checkOptions('report', decided, { taskId, valid, options })
      acceptance.decided(task.taskId, valid ? 'accepted' : 'rejected')
      return deliver({ taskId: task.taskId, valid: task.valid, completedAt: task.options.completedAt })
    },
    watch(source, taskId, options) {
      assertOpen('watch')
      const { taskId: id } = checkOptions('watch', task, { taskId })
      const { sites: rules, ...checked } = checkWatch('watch', options, common)
      const isTold = checked.token !== undefined || checked.submittedWhen !== undefined
      if (!isTold) watches.supersede(source.page)
      warnings.ofWeakness([checked, ...(rules === common ? [] : rules)])
      const watch = visits.watching(id, checked.record)(source, checked, clock, rules)
      return watches.follow(id, watch, isTold ? undefined : source.page)
    },
    judge(taskId, answer, options = {}) {
      assertOpen('judge')
      const { taskId: id } = checkOptions('judge', task, { taskId })
      const checked = checkOptions('judge', common.length > 0 ? judgeOptionsBySite : judgeOptions, options)
      warnings.ofWeakness([checked])
      return watches.follow(id, judgeAnswer(answer, checked, clock, common))
    },
    solved(captcha) {
      assertOpen('solved')
      const { taskId, token, submissionTimeout } = checkOptions('solved', solved, captcha)
      return (
        watches.of(taskId) ?? watches.follow(taskId, lookout.await(token, submissionTimeout, visits.watching(taskId)))
      )
    },
    lookOut(sources, options) {
      assertOpen('lookOut')
      const checked = checkOptions('lookOut', lookoutOptions, options)
      warnings.ofWeakness([checked, ...(checked.sites ?? [])])
      lookout.attend(sources, checked, common)
    },
    on(name, listener) {
      checkOptions('on', listening, { name, listener })
      return events.on(name, listener)
    },
    acceptance: (filter = {}) => acceptance.of(checkOptions('acceptance', history, filter)),
    held: async () => outbox.held(),
    release: (taskId) => delivery.release(checkOptions('release', task, { taskId }).taskId),
    drop: async (taskId) => acceptance.drop(checkOptions('drop', task, { taskId }).taskId),
    flush: (options = {}) => delivery.flush(checkOptions('flush', waiting, options).timeout),
    close,
    [Symbol.asyncDispose]: async () => void (await close()),
  }
}
