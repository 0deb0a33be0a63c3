import type { Clock } from '../clock.ts'
import type { Attempt, Outcome } from './attempt.ts'
import { createCircuitBreaker } from './circuit-breaker.ts'
import {
  type Claim,
  type ClaimedFeedback,
  type Feedback,
  longestWait,
  type Outbox,
  type OutboxEvent,
  type ToldEnding,
} from './outbox.ts'
import { createPause } from './pause.ts'
import type { Pace } from './token-bucket.ts'
import { createWaiters, type Delivery } from './waiters.ts'
import { feedbackWindow } from './wire.ts'

export interface FlushReport {
  /** Since the client was created, like `dead` and `expired`. */
  readonly delivered: number
  readonly dead: number
  readonly expired: number
  /** Feedback still to be delivered. */
  readonly pending: number
  /** Feedback that is held until it is released or dropped. */
  readonly held: number
  /** Why pending feedback waits, as text. */
  readonly waits?: string | undefined
}

/** Callbacks for what happens in the background. */
export interface DeliveryEvents {
  /** @param took - ms from the start of the attempt to its outcome. */
  attempted(feedback: ClaimedFeedback, outcome: Outcome, took: number): void
  ended(feedback: ClaimedFeedback, ending: Exclude<ToldEnding, { kind: 'conflict' }>): void
  conflict(taskId: string, kept: boolean): void
  /** Called once each time the API starts to refuse the key. */
  keyRejected(detail: string): void
}

export interface DeliveryOptions {
  readonly outbox: Outbox
  readonly attempt: Attempt
  readonly pace: Pace
  readonly clock: Clock
  readonly events: DeliveryEvents
  /** Between 0 and 1, for the jitter. */
  readonly random?: () => number
}

/** A feedback to deliver. */
export interface Decided extends Pick<Feedback, 'taskId' | 'valid' | 'origin'> {
  /** When the task was completed, in ms since the epoch, if known: the API's 24 hours count from then. */
  readonly completedAt?: number | undefined
}

const concurrency = 8
/** Longer than an attempt plus a long stall of the event loop, because feedback is sent twice if its lease runs out. */
const lease = 60_000
/** A margin for completions before the time that we know, and for differing clocks. */
const margin = 60_000
const backoff = { base: 1_000, cap: 5 * 60_000 }
/**
 * In ms. The API is asked again after this time even if it asked for more, so that one absurd answer can't let a day's
 * feedback expire.
 */
const longestPause = 60 * 60_000
/** After an attempt timed out, nothing is sent for this long, in ms. A process with nothing else to do exits then. */
const restAfterTimeout = 1_000

/** Drains an outbox to the API: leases, pace, retries with full jitter, one circuit breaker for the key. */
export function createDelivery({ outbox, attempt, pace, clock, events, random = Math.random }: DeliveryOptions) {
  const stopping = new AbortController()
  const inFlight = new Set<Promise<void>>()
  /** Claimed feedback whose attempt has not begun. */
  const unbegun = new Set<ClaimedFeedback>()
  const waiters = createWaiters(outbox, hear)
  const totals = { delivered: 0, dead: 0, expired: 0 }
  let trouble: string | undefined // of the last attempt, if it has to be retried
  const breaker = createCircuitBreaker()
  const rest = createPause()
  let cancelWake = () => {}
  let pumping = false
  let pumpAgain = false
  pump() // an earlier run may have left feedback

  /** @param how - `hold` keeps it until the user releases or drops it. */
  function add({ taskId, valid, origin, completedAt }: Decided, how: 'add' | 'hold' = 'add'): Promise<Delivery> {
    const now = clock.now()
    const expiresAt = Math.min(now, completedAt ?? now) + feedbackWindow - margin
    const atOnce = !pumping && room(now) > 0 ? claim(now, 1) : undefined // otherwise the coming pump sends it
    const added = outbox[how]({ taskId, valid, decidedAt: now, expiresAt, origin }, atOnce)
    if (added.kind === 'added' ? how === 'hold' : added.isHeld) return Promise.resolve({ kind: 'held' })
    if (added.kind === 'known' && added.valid !== valid) {
      events.conflict(taskId, added.valid)
      return Promise.resolve({ kind: 'conflict' })
    }
    if (added.kind === 'known' && added.ending) return Promise.resolve(added.ending)
    if (stopping.signal.aborted) return Promise.resolve({ kind: 'pending' })
    const delivery = waiters.delivery(taskId)
    if (added.kind === 'added' && added.claimed) launch(added.claimed)
    else pump()
    return delivery
  }

  const claim = (now: number, limit: number): Claim => ({ now, lease, limit, pace })

  const opensAt = (now: number) => breaker.opensAt(now) ?? rest.endsAt(now)

  function giveBack(): void {
    for (const feedback of unbegun) void outbox.postpone(feedback, clock.now())
  }

  /** How many attempts may start now. */
  function room(now: number): number {
    if (stopping.signal.aborted || opensAt(now) !== undefined) return 0
    return (breaker.isRejected() ? 1 : concurrency) - inFlight.size
  }

  /**
   * Deferred until after the caller's work. If that ends the process, the next run must not have to wait for the
   * lease.
   */
  function launch(feedback: ClaimedFeedback): void {
    if (unbegun.size === 0) process.once('exit', giveBack)
    unbegun.add(feedback)
    const sending = Promise.resolve()
      .then(() => {
        unbegun.delete(feedback)
        if (unbegun.size === 0) process.off('exit', giveBack)
        return send(feedback)
      })
      .finally(() => {
        inFlight.delete(sending)
        pump()
      })
    inFlight.add(sending)
  }

  function hear(event: OutboxEvent): void {
    if (event.kind === 'conflict') events.conflict(event.taskId, event.kept)
    waiters.tell(event.taskId, event.kind === 'conflict' ? { kind: 'conflict' } : event.ending)
    if (waiters.isForIdle()) pump()
  }

  /** One pump runs at a time, deferred until after the caller's work. A call while it runs makes it run once more. */
  function pump(): void {
    pumpAgain = true
    if (pumping) return
    pumping = true
    queueMicrotask(() => void pumpUntilDone())
  }

  async function pumpUntilDone(): Promise<void> {
    while (pumpAgain && !stopping.signal.aborted) {
      pumpAgain = false
      cancelWake()
      const lookAgainAt = await sendDue()
      if (lookAgainAt === undefined) continue
      cancelWake = clock.after(Math.min(Math.max(0, lookAgainAt - clock.now()), longestWait), pump)
    }
    pumping = false
    if (waiters.isForIdle() && inFlight.size === 0 && (await outbox.pending()) === 0) waiters.tellIdle()
  }

  /** Sends what may be sent now. Returns when to look again, unless the end of an attempt triggers that. */
  async function sendDue(): Promise<number | undefined> {
    for (;;) {
      const now = clock.now()
      const limit = room(now)
      if (limit <= 0) return opensAt(now)
      const { feedback: claimed, ended = [], lookAgainAt } = await outbox.claim(claim(now, limit))
      await Promise.all(ended.map(({ feedback, ending }) => end(feedback, ending)))
      for (const feedback of claimed) launch(feedback)
      if (claimed.length < limit) return lookAgainAt
    }
  }

  async function send(feedback: ClaimedFeedback): Promise<void> {
    if (feedback.expiresAt <= clock.now()) return end(feedback, { kind: 'expired' })
    const began = clock.now()
    const outcome = await attempt(feedback.taskId, feedback.valid, stopping.signal)
    events.attempted(feedback, outcome, clock.now() - began)
    trouble = outcome.kind === 'retryable' ? `${outcome.reason} (${outcome.detail})` : undefined
    if (outcome.kind === 'retryable') return retry(feedback, outcome)
    breaker.reset()
    if (outcome.kind === 'dead') {
      const { reason } = outcome
      return end(feedback, reason === 'ERROR_FEEDBACK_EXPIRED' ? { kind: 'expired' } : { kind: 'dead', reason })
    }
    const by = outcome.by === 'recorded' ? 'recorded' : feedback.attempts > 1 ? 'confirmed' : 'already'
    await end(feedback, { kind: 'delivered', by, attempts: feedback.attempts })
  }

  async function retry(feedback: ClaimedFeedback, { reason, retryAfter, detail }: Outcome & { kind: 'retryable' }) {
    const now = clock.now()
    const life = feedback.expiresAt - now
    let wait = random() * Math.min(backoff.cap, backoff.base * 2 ** (feedback.attempts - 1))
    if (reason === 'rate-limit' || retryAfter !== undefined) {
      await outbox.pause(now, Math.round(now + Math.min(Math.max(retryAfter ?? 0, wait), longestPause, life)))
    }
    if (reason === 'timeout') rest.begin(now, now + restAfterTimeout)
    if (reason === 'key-rejected') {
      if (!breaker.isRejected()) events.keyRejected(detail)
      breaker.reject(now)
    }
    if (reason === 'key-rejected' || reason === 'aborted') wait = 0
    await outbox.postpone(feedback, Math.round(now + Math.min(wait, life)))
  }

  async function end(feedback: ClaimedFeedback, ending: ToldEnding): Promise<void> {
    if (!(await outbox.settle(feedback, ending))) return // another process settled it first and reports it
    waiters.tell(feedback.taskId, ending)
    if (ending.kind === 'conflict') return events.conflict(feedback.taskId, ending.kept)
    totals[ending.kind]++
    events.ended(feedback, ending)
  }

  /** Waits until nothing is pending for the key, at most `timeout` ms. The wait keeps the process alive. */
  async function flush(timeout: number): Promise<FlushReport> {
    await new Promise<void>((done) => {
      const cancel = clock.after(timeout, finish, { keepAlive: true })
      const stopWaiting = waiters.idle(finish)
      function finish() {
        cancel()
        stopWaiting()
        done()
      }
      pump()
    })
    const [pending, { length: held }] = await Promise.all([outbox.pending(), outbox.held()])
    const waits = pending > 0 ? (trouble ?? `the pace of ${pace.perMinute} a minute`) : undefined
    return { ...totals, pending, held, waits }
  }

  /** Flushes, then aborts attempts in flight and returns their feedback to the outbox. */
  async function close(timeout: number): Promise<FlushReport> {
    const report = await flush(timeout)
    stopping.abort()
    cancelWake()
    waiters.tellIdle() // otherwise another flush would keep waiting, and keep the process alive
    await Promise.all(inFlight)
    waiters.leave()
    await outbox.close()
    return report
  }

  /** Releases a held feedback; returns whether it was held. */
  async function release(taskId: string): Promise<boolean> {
    const isReleased = await outbox.release(taskId)
    pump()
    return isReleased
  }

  return { add, release, flush, close }
}
