import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import type { Outcome } from './attempt.ts'
import { createDelivery, type DeliveryOptions } from './delivery.ts'
import { createMemoryOutbox } from './memory-outbox.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const recorded: Outcome = { kind: 'delivered', by: 'recorded' }
const retryable = (reason: (Outcome & { kind: 'retryable' })['reason'], retryAfter?: number): Outcome => ({
  kind: 'retryable',
  reason,
  detail: reason,
  ...(retryAfter !== undefined && { retryAfter }),
})

/** A delivery whose attempts come to `outcomes`, one after another, the last for ever. */
function deliveryThatMeets(outcomes: (Outcome | Promise<Outcome>)[], options: Partial<DeliveryOptions> = {}) {
  const sent: { taskId: string; at: number }[] = []
  const events = { attempted: vi.fn(), ended: vi.fn(), conflict: vi.fn(), keyRejected: vi.fn() }
  const delivery = createDelivery({
    outbox: createMemoryOutbox(),
    pace: { perMinute: 60_000, burst: 1000 },
    clock: systemClock,
    random: () => 1,
    events,
    attempt: async (taskId, _, stop) => {
      sent.push({ taskId, at: Date.now() - 1_000_000 })
      const outcome = outcomes.length > 1 ? outcomes.shift() : outcomes[0]
      const stopped = new Promise<Outcome>((resolve) => {
        stop?.addEventListener('abort', () => resolve(retryable('aborted')))
      })
      return Promise.race([outcome as Outcome, stopped])
    },
    ...options,
  })
  return { ...delivery, sent, events, times: () => sent.map(({ at }) => at) }
}

test('sends a feedback once', async () => {
  const { add, sent, events } = deliveryThatMeets([recorded])
  expect(await add({ taskId: 'a', valid: true })).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(sent).toEqual([{ taskId: 'a', at: 0 }])
  expect(events.ended).toHaveBeenCalledOnce()
})

test('retries a failed attempt, with full jitter under a doubling limit', async () => {
  const { add, times } = deliveryThatMeets([...Array(10).fill(retryable('network')), recorded])
  const delivered = add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(await delivered).toEqual({ kind: 'delivered', by: 'recorded', attempts: 11 })
  const waits = times().map((at, i, all) => at - (all[i - 1] ?? 0))
  expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 128_000, 256_000, 300_000])

  const jittered = deliveryThatMeets([retryable('network'), recorded], { random: () => 0.25 })
  jittered.add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(jittered.times()).toEqual([3_600_000, 3_600_250])
})

test('the next attempt confirms a lost answer; feedback that exists before our first attempt is `already`', async () => {
  const exists: Outcome = { kind: 'delivered', by: 'exists' }
  const lost = deliveryThatMeets([retryable('network'), exists]).add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(1000)
  expect(await lost).toEqual({ kind: 'delivered', by: 'confirmed', attempts: 2 })
  expect(await deliveryThatMeets([exists]).add({ taskId: 'a', valid: true })).toEqual({
    kind: 'delivered',
    by: 'already',
    attempts: 1,
  })
})

test('feedback that the API refuses permanently is dead, and is not retried', async () => {
  const { add, sent } = deliveryThatMeets([{ kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID', detail: '' }])
  expect(await add({ taskId: 'a', valid: true })).toMatchObject({ kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' })
  await vi.advanceTimersByTimeAsync(3_600_000)
  expect(sent).toHaveLength(1)
})

test('the first decision for a task wins; a different one is an event, the same one is not', async () => {
  const { add, sent, events } = deliveryThatMeets([retryable('network'), recorded])
  const both = Promise.all([add({ taskId: 'a', valid: true }), add({ taskId: 'a', valid: true })])
  expect(await add({ taskId: 'a', valid: false })).toEqual({ kind: 'conflict' })
  expect(events.conflict).toHaveBeenCalledExactlyOnceWith('a', true)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await both).toEqual(Array(2).fill({ kind: 'delivered', by: 'recorded', attempts: 2 }))
  expect(await add({ taskId: 'a', valid: true })).toEqual({ kind: 'delivered', by: 'recorded', attempts: 2 })
  expect(sent).toHaveLength(2)
})

test('a rate limit pauses the whole key for as long as the API says', async () => {
  const { add, times } = deliveryThatMeets([retryable('rate-limit', 15_000), recorded])
  add({ taskId: 'a', valid: true })
  add({ taskId: 'b', valid: true }) // gets through, which lifts nothing
  await vi.advanceTimersByTimeAsync(1)
  add({ taskId: 'c', valid: true })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toEqual([0, 0, 15_000, 15_000])
})

test('waits at most an hour even if the API asks for days, so that nothing expires', async () => {
  const { add, times } = deliveryThatMeets([retryable('rate-limit', 1e12), recorded])
  const delivered = add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(24 * 3_600_000)
  expect(await delivered).toMatchObject({ kind: 'delivered' })
  expect(times()).toEqual([0, 3_600_000])
})

test('an outage of more than 24 hours expires the feedback once, and nothing is sent late', async () => {
  const { add, times } = deliveryThatMeets([retryable('unavailable')])
  const delivered = add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(25 * 3_600_000)
  expect(await delivered).toEqual({ kind: 'expired' })
  expect(times().at(-1)).toBeLessThan(24 * 3_600_000 - 60_000)
})

test('the 24 hours count from the task’s completion if it is known, and the API decides when they end', async () => {
  const { add, times } = deliveryThatMeets([retryable('unavailable')])
  const completedAt = Date.now() - 20 * 3_600_000
  const delivered = add({ taskId: 'a', valid: true, completedAt })
  await vi.advanceTimersByTimeAsync(5 * 3_600_000)
  expect(await delivered).toEqual({ kind: 'expired' })
  expect(times().at(-1)).toBeLessThan(4 * 3_600_000 - 60_000)
  const late = deliveryThatMeets([recorded])
  expect(await late.add({ taskId: 'a', valid: true, completedAt: Date.now() - 25 * 3_600_000 })).toEqual({
    kind: 'expired',
  })
  expect(late.sent).toEqual([])
  const closed = deliveryThatMeets([{ kind: 'dead', reason: 'ERROR_FEEDBACK_EXPIRED', detail: '' }])
  expect(await closed.add({ taskId: 'a', valid: true })).toEqual({ kind: 'expired' })
})

test('pauses after a timeout, on a timer that does not keep the process alive', async () => {
  const { add, times } = deliveryThatMeets([retryable('timeout'), recorded])
  void add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(1)
  void add({ taskId: 'b', valid: true })
  await vi.advanceTimersByTimeAsync(998)
  expect(times()).toEqual([0])
  await vi.advanceTimersByTimeAsync(2)
  expect(times()).toEqual([0, 1000, 1000])
})

test('if the key is refused, keeps all feedback and sends only single probes, with one event, until it is accepted', async () => {
  const outcomes: Outcome[] = [retryable('key-rejected')]
  const { add, sent, times, events } = deliveryThatMeets(outcomes)
  const all = Promise.all(Array.from({ length: 30 }, (_, i) => add({ taskId: `task${i}`, valid: true })))
  await vi.advanceTimersByTimeAsync(1)
  expect(sent.length).toBeLessThanOrEqual(8)
  const before = sent.length
  await vi.advanceTimersByTimeAsync(600_000)
  expect(times().slice(before)).toEqual([30_000, 90_000, 210_000, 450_000])
  expect(events.keyRejected).toHaveBeenCalledOnce()
  outcomes[0] = recorded
  await vi.advanceTimersByTimeAsync(600_000)
  expect(await all).toHaveLength(30)
  expect(events.ended).toHaveBeenCalledTimes(30)
})

test('a clock set back by years while the key is refused does not delay the probe', async () => {
  const { add, sent } = deliveryThatMeets([retryable('key-rejected'), recorded])
  const delivered = add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(1000)
  vi.setSystemTime(1000)
  await vi.advanceTimersByTimeAsync(600_000)
  expect(await delivered).toMatchObject({ kind: 'delivered' })
  expect(sent).toHaveLength(2)
})

test('sends at the pace: a burst, then one at a time', async () => {
  const { add, times } = deliveryThatMeets([recorded], { pace: { perMinute: 10, burst: 3 } })
  for (let i = 0; i < 6; i++) add({ taskId: `task${i}`, valid: true })
  await vi.advanceTimersByTimeAsync(60_000)
  expect(times()).toEqual([0, 0, 0, 6_000, 12_000, 18_000])
})

test('flush() waits for pending feedback, and no longer than its timeout', async () => {
  const { add, flush } = deliveryThatMeets([retryable('network'), recorded])
  expect(await flush(100)).toEqual({ delivered: 0, dead: 0, expired: 0, pending: 0, held: 0 })
  add({ taskId: 'a', valid: true })
  const short = flush(500)
  const long = flush(5_000)
  await vi.advanceTimersByTimeAsync(500)
  expect(await short).toEqual({
    delivered: 0,
    dead: 0,
    expired: 0,
    pending: 1,
    held: 0,
    waits: expect.any(String),
  })
  await vi.advanceTimersByTimeAsync(500)
  expect(await long).toEqual({ delivered: 1, dead: 0, expired: 0, pending: 0, held: 0 })
})

test('close() returns feedback in flight to the outbox and leaves no timer', async () => {
  const outbox = createMemoryOutbox()
  const { add, close } = deliveryThatMeets([new Promise<Outcome>(() => {})], { outbox })
  const delivered = add({ taskId: 'a', valid: true })
  const closed = close(1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await closed).toMatchObject({ pending: 1 })
  expect(await delivered).toEqual({ kind: 'pending' })
  const given = await outbox.claim({ now: Date.now(), lease: 1, limit: 1, pace: { perMinute: 1, burst: 2 } })
  expect(given.feedback).toMatchObject([{ taskId: 'a', attempts: 2 }])
  expect(vi.getTimerCount()).toBe(0)
})

test('close() ends a waiting flush()', async () => {
  const { add, flush, close } = deliveryThatMeets([new Promise<Outcome>(() => {})])
  void add({ taskId: 'a', valid: true })
  const flushed = flush(3_600_000)
  const closed = close(1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await flushed).toMatchObject({ pending: 1 })
  await closed
  expect(vi.getTimerCount()).toBe(0)
})
