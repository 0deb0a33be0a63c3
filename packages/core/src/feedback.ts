/** Joins watching and delivery: the only file that knows both. */
import { createAcceptance } from './acceptance.ts'
import { judgeAnswer } from './answer/judge-answer.ts'
import { feedbackOptions, type RegotchaFeedbackOptions } from './configuration.ts'
import { debugLog } from './debug-log.ts'
import { createAttempt } from './delivery/attempt.ts'
import { createDelivery, type FlushReport } from './delivery/delivery.ts'
import { openOutbox } from './delivery/open-outbox.ts'
import type { Origin } from './delivery/outbox.ts'
import { accountOf } from './delivery/sqlite/stored-row.ts'
import { decided, history, listening, task, waiting } from './doors.ts'
import { OptionError } from './error.ts'
import { createEvents } from './events.ts'
import { type Failure, type FeedbackEvents, failureSentence } from './feedback-events.ts'
import type { Verdict } from './inference/verdict.ts'
import { checkOptions } from './options.ts'
import { otelMeter } from './otel-meter.ts'
import { createPaceNotice } from './pace-notice.ts'
import { checkWatch } from './predicates/site-rules.ts'
import { createVisitRecords } from './recording/recorded-watch.ts'
import type { RegotchaFeedback } from './regotcha-feedback.ts'
import { createRejectGuard } from './reject-guard.ts'
import { onFirstSignal } from './signals.ts'
import { createTaskWatches, type WatchDelivery } from './task-watch.ts'
import { createWarnings, warn } from './warnings.ts'
import { createTokenWatcher, solved } from './watch/token-watcher.ts'
import { judgeOptions, judgeOptionsBySite, lookoutOptions } from './watch/watch-options.ts'

const day = 24 * 60 * 60_000

/**
 * Creates the client behind all watches: outbox, pace, delivery and events.
 * @throws {OptionError} naming each wrong option, what was expected and what it got.
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
  if (log) events.tap(log.event)
  const meter = otelMeter()
  if (meter) events.tap(meter.count)
  const fail = (failure: Failure) => {
    if (!events.emit('failed', failure)) warn(failureSentence(failure))
  }
  const warnings = createWarnings()
  /** Deferred, because the caller may be about to add listeners. */
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
  const watches = createTaskWatches(clock, decide, log?.state)
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
    const completedAt = clock.now() - origin.took // the token was solved when the watch was armed, or soon after
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
      watches.supersede(source.page)
      warnings.ofWeakness([checked, ...(rules === common ? [] : rules)])
      const armed = { ...checked, isRepeat: watches.hasSubmitted(id) }
      const watch = visits.watching(id, checked.record)(source, armed, clock, rules)
      return watches.follow(id, watch, checked.token === undefined ? source.page : undefined)
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
