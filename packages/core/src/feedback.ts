/** Where watching meets delivery: the one file that knows both. */
import { z } from 'zod'
import { feedbackOptions, type RegotchaFeedbackOptions } from './configuration.ts'
import { createAttempt } from './delivery/attempt.ts'
import { createDelivery, type Delivery, type FlushReport } from './delivery/delivery.ts'
import { createMemoryOutbox } from './delivery/memory-outbox.ts'
import { createSqliteOutbox } from './delivery/sqlite-outbox.ts'
import { accountOf } from './delivery/stored-row.ts'
import { OptionError } from './error.ts'
import { createEvents } from './events.ts'
import { checkOptions, milliseconds, text } from './options.ts'
import type { Natives } from './watching/evidence.ts'
import type { Source } from './watching/source.ts'
import type { Verdict } from './watching/verdict.ts'
import { type PageWatch, type WatchOptions, watchOptions, watchPage } from './watching/watch.ts'

/** Why feedback did not get through. Only `key-rejected` and `outbox` may mend by themselves. */
export type Failure =
  /** The API refuses it for good; `reason` is its code, or `HTTP <status>`. */
  | { readonly kind: 'dead'; readonly taskId: string; readonly valid: boolean; readonly reason: string }
  /** The 24 hours passed. */
  | { readonly kind: 'expired'; readonly taskId: string; readonly valid: boolean }
  /** The task had been decided differently before; that first decision, `kept`, stands. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly kept: boolean }
  /** The API refuses the key. Everything is kept, and one probe at a time asks again. */
  | { readonly kind: 'key-rejected'; readonly detail: string }
  /** The outbox file is broken or was begun anew; `detail` says how, why, and what is kept. */
  | { readonly kind: 'outbox'; readonly detail: string }

export interface FeedbackEvents {
  /** A watch ended with `accepted` or `rejected`. */
  readonly verdict: { readonly taskId: string; readonly verdict: Verdict & { kind: 'accepted' | 'rejected' } }
  /** A watch ended without a verdict; nothing is sent. */
  readonly undecided: { readonly taskId: string; readonly verdict: Verdict & { kind: 'undecided' } }
  /** The API has it: `recorded` now, `confirmed` after a lost answer, or `already` from before. */
  readonly delivered: {
    readonly taskId: string
    readonly valid: boolean
    readonly by: 'recorded' | 'confirmed' | 'already'
    readonly attempts: number
  }
  /** When nobody listens, it is a process warning. */
  readonly failed: Failure
}

/** What became of a watch's feedback; `not-sent` after an undecided verdict and on a dry run. */
export type WatchDelivery = Delivery | { readonly kind: 'not-sent'; readonly reason: 'undecided' | 'dry-run' }

/** A page being watched for one task. Both promises always fulfil, and nobody has to await them. */
export interface Watch extends AsyncDisposable {
  readonly taskId: string
  readonly verdict: Promise<Verdict>
  readonly delivery: Promise<WatchDelivery>
  /** You know that the site accepted the token; your word is the verdict. */
  accept(): void
  /** You know that the site rejected the token; your word is the verdict. */
  reject(): void
  /** Ends the watch. What has been seen is still judged; without a verdict from it, nothing is sent. Disposing does the same and waits for it. */
  stop(): void
}

export interface RegotchaFeedback extends AsyncDisposable {
  /**
   * Feedback for a task, where you know the verdict yourself. It is in the outbox when this returns.
   * @throws {OptionError} at once, on an empty task id or a verdict that is not a boolean.
   */
  report(taskId: string, valid: boolean): Promise<WatchDelivery>
  /** Watches a page through an adapter's source. Most users call an adapter's `withRegotchaFeedback` instead. */
  watch<N extends Natives>(source: Source, taskId: string, options: WatchOptions<N>): Watch
  /** Calls `listener` at each event; returns how to stop that. */
  on<Name extends keyof FeedbackEvents>(name: Name, listener: (event: FeedbackEvents[Name]) => unknown): () => void
  /**
   * Waits until everything is delivered that the outbox holds for the key, of other processes and earlier runs too, at
   * most `timeout` ms (default: 10,000).
   */
  flush(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
  /** Ends open watches, flushes for at most `timeout` ms (default: 10,000), and stops. */
  close(options?: { readonly timeout?: number | undefined }): Promise<FlushReport>
}

const task = z.strictObject({ taskId: text('the id of the task, a string that is not empty') })
const decided = task.extend({ valid: z.boolean('true or false') })
const waiting = z.strictObject({ timeout: milliseconds().default(10_000) })

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
    outbox,
    pace,
    attemptTimeout,
    dryRun,
    fetch,
    clock,
  } = checkOptions('createRegotchaFeedback', feedbackOptions, options)
  const events = createEvents<FeedbackEvents>()
  const fail = (failure: Failure) => {
    if (!events.emit('failed', failure)) process.emitWarning(`regotcha-feedback: ${failureSentence(failure)}`)
  }
  /** After the caller's own work, who may be about to listen. */
  const trouble = (detail: string) => queueMicrotask(() => fail({ kind: 'outbox', detail }))

  function openOutbox() {
    if (dryRun || outbox === 'memory') return createMemoryOutbox()
    if (!('file' in outbox)) return outbox
    return createSqliteOutbox({ path: outbox.file, account: accountOf(clientKey, baseURL), clock, trouble })
  }

  const delivery = createDelivery({
    outbox: openOutbox(),
    attempt: createAttempt({ clientKey, baseURL, timeout: attemptTimeout, fetch, now: () => clock.now() }),
    pace,
    clock,
    events: {
      ended({ taskId, valid }, ending) {
        if (ending.kind !== 'delivered') return fail({ ...ending, taskId, valid })
        const { by, attempts } = ending
        events.emit('delivered', { taskId, valid, by, attempts })
      },
      conflict: (taskId, kept) => fail({ kind: 'conflict', taskId, kept }),
      keyRejected: (detail) => fail({ kind: 'key-rejected', detail }),
    },
  })
  const watches = new Set<PageWatch>()
  /** The open watch of each page that has no token to tell it from a later one. */
  const untold = new WeakMap<object, PageWatch>()
  let closing: Promise<FlushReport> | undefined

  function assertOpen(caller: string): void {
    if (closing !== undefined)
      throw new OptionError(`${caller}: expected an open feedback object, got one that was closed`)
  }

  async function deliver(taskId: string, valid: boolean): Promise<WatchDelivery> {
    return dryRun ? { kind: 'not-sent', reason: 'dry-run' } : delivery.add(taskId, valid)
  }

  function decide(taskId: string, verdict: Verdict): Promise<WatchDelivery> | WatchDelivery {
    if (verdict.kind === 'undecided') {
      events.emit('undecided', { taskId, verdict })
      return { kind: 'not-sent', reason: 'undecided' }
    }
    const delivered = deliver(taskId, verdict.kind === 'accepted')
    events.emit('verdict', { taskId, verdict })
    return delivered
  }

  async function shutDown(timeout: number): Promise<FlushReport> {
    for (const watch of watches) watch.end('stopped')
    await Promise.all([...watches].map((watch) => watch.verdict))
    return delivery.close(timeout)
  }

  function close(options: { readonly timeout?: number | undefined } = {}): Promise<FlushReport> {
    const { timeout } = checkOptions('close', waiting, options)
    closing ??= shutDown(timeout)
    return closing
  }

  return {
    report(taskId, valid) {
      assertOpen('report')
      checkOptions('report', decided, { taskId, valid })
      return deliver(taskId, valid)
    },
    watch(source, taskId, options) {
      assertOpen('watch')
      checkOptions('withRegotchaFeedback', task, { taskId })
      const checked = checkOptions('withRegotchaFeedback', watchOptions, options)
      const isTold = checked.token !== undefined || checked.submittedWhen !== undefined
      if (!isTold) untold.get(source.page)?.end('superseded')
      const watch = watchPage(source, checked, clock)
      if (!isTold) untold.set(source.page, watch)
      watches.add(watch)
      const delivered = watch.verdict.then((verdict) => {
        watches.delete(watch)
        return decide(taskId, verdict)
      })
      const stop = () => watch.end('stopped')
      return {
        taskId,
        verdict: watch.verdict,
        delivery: delivered,
        accept: () => watch.tell('accepted'),
        reject: () => watch.tell('rejected'),
        stop,
        async [Symbol.asyncDispose]() {
          stop()
          await watch.verdict
        },
      }
    },
    on: events.on,
    flush: (options = {}) => delivery.flush(checkOptions('flush', waiting, options).timeout),
    close,
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

function failureSentence(failure: Failure): string {
  switch (failure.kind) {
    case 'key-rejected':
      return `the API refuses the key (${failure.detail}); feedback is kept, and asked for again from time to time`
    case 'outbox':
      return failure.detail
    case 'conflict':
      return `task ${failure.taskId} was already decided ${failure.kept ? 'accepted' : 'rejected'}; the first decision stands`
    case 'expired':
      return `feedback for task ${failure.taskId} expired: its 24 hours passed before it could be delivered`
    case 'dead':
      return `feedback for task ${failure.taskId} was refused for good: ${failure.reason}`
  }
}
