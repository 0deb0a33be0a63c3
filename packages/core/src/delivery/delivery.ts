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
  /** Since the feedback object was made, as `dead` and `expired`. */
  readonly delivered: number
  readonly dead: number
  readonly expired: number
  /** Feedback still owed. */
  readonly pending: number
  /** Feedback that is held back, to be released or dropped. */
  readonly held: number
  /** Why what is pending waits, in words. */
  readonly waits?: string | undefined
}

/** What happens on the way that nobody awaits. */
export interface DeliveryEvents {
  /** @param took - ms from the attempt's beginning to its outcome. */
  attempted(feedback: ClaimedFeedback, outcome: Outcome, took: number): void
  ended(feedback: ClaimedFeedback, ending: Exclude<ToldEnding, { kind: 'conflict' }>): void
  conflict(taskId: string, kept: boolean): void
  /** Said once for each time that the API begins to refuse the key. */
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

/** What is to be delivered. */
export interface Decided extends Pick<Feedback, 'taskId' | 'valid' | 'origin'> {
  /** When the task was completed, in ms since the epoch, where that is known: the API's window counts from then. */
  readonly completedAt?: number | undefined
}

const concurrency = 8
/** Longer than an attempt and a long stall of the event loop: a lease that runs out sends twice. */
const lease = 60_000
/** For a completion that lies before the time that we know, and for clocks that differ. */
const margin = 60_000
const backoff = { base: 1_000, cap: 5 * 60_000 }
/** An API that asks for more is asked again, in ms: one absurd answer must not let a day's feedback expire. */
const longestPause = 60 * 60_000
/** After an attempt that had no answer in time nothing is sent for so long, in ms: a process that has nothing else to do ends then. */
const restAfterTimeout = 1_000

/** Drains an outbox to the API: leases, pace, retries with full jitter, one breaker for the whole key. */
export function createDelivery({ outbox, attempt, pace, clock, events, random = Math.random }: DeliveryOptions) {
  const stopping = new AbortController()
  const inFlight = new Set<Promise<void>>()
  /** What was claimed, of which no attempt has begun. */
  const unbegun = new Set<ClaimedFeedback>()
  const waiters = createWaiters(outbox, hear)
  const totals = { delivered: 0, dead: 0, expired: 0 }
  let trouble: string | undefined // of the last attempt, where another must follow
  const breaker = createCircuitBreaker()
  const rest = createPause()
  let cancelWake = () => {}
  let pumping = false
  let pumpAgain = false
  pump() // an earlier run may have left something

  /** @param how - `hold` for the user to release or to drop it. */
  function add({ taskId, valid, origin, completedAt }: Decided, how: 'add' | 'hold' = 'add'): Promise<Delivery> {
    const now = clock.now()
    const expiresAt = Math.min(now, completedAt ?? now) + feedbackWindow - margin
    const atOnce = !pumping && room(now) > 0 ? claim(now, 1) : undefined // what waits for a pump leaves with it
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

  /** How many attempts may begin now. */
  function room(now: number): number {
    if (stopping.signal.aborted || opensAt(now) !== undefined) return 0
    return (breaker.isRejected() ? 1 : concurrency) - inFlight.size
  }

  /** After the caller's own work; where that ends the process, the next run must not wait for the lease to run out. */
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

  /** One pump runs at a time, after the caller's own work; whoever calls meanwhile makes it go round again. */
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

  /** Sends what may leave now; returns when to look again, if no attempt's end will make us. */
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
    if (!(await outbox.settle(feedback, ending))) return // another process was first; it told, and we hear of it
    waiters.tell(feedback.taskId, ending)
    if (ending.kind === 'conflict') return events.conflict(feedback.taskId, ending.kept)
    totals[ending.kind]++
    events.ended(feedback, ending)
  }

  /** Waits until nothing of the key is pending, at most `timeout` ms; the wait keeps the process alive. */
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

  /** Flushes, then aborts what is in flight and gives it back to the outbox. */
  async function close(timeout: number): Promise<FlushReport> {
    const report = await flush(timeout)
    stopping.abort()
    cancelWake()
    waiters.tellIdle() // another flush would wait on, and keep the process alive
    await Promise.all(inFlight)
    waiters.leave()
    await outbox.close()
    return report
  }

  /** Lets a held feedback go; returns whether it was held. */
  async function release(taskId: string): Promise<boolean> {
    const isReleased = await outbox.release(taskId)
    pump()
    return isReleased
  }

  return { add, release, flush, close }
}
