import { describe, expect, test, vi } from 'vitest'
import { describeOutbox } from '../../../../test/outbox/behaviour.ts'
import { systemClock } from '../clock.ts'
import { createDelivery } from './delivery.ts'
import { guardOutbox } from './guarded-outbox.ts'
import { createMemoryOutbox } from './memory-outbox.ts'
import type { Outbox } from './outbox.ts'

describeOutbox('guarded', async () => {
  const outbox = guardOutbox(createMemoryOutbox(), { ...systemClock, now: () => 1000 }, expect.unreachable)
  return { outbox, clear() {} }
})

type Fault = readonly [name: string, answer: () => unknown]
const faults: readonly Fault[] = [
  [
    'throws',
    () => {
      throw new Error('the user has a bug')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the user has a bug'))],
  ['never answers', () => new Promise(() => {})],
  ['answers something else', () => ({ kind: 7 })],
]
const own = createMemoryOutbox()
const methods = Object.keys(own) as (keyof Outbox)[]

/** A delivery through a user's outbox of which some methods are faulty. */
function deliverBy(parts: Partial<Record<keyof Outbox, () => unknown>>) {
  const troubles: string[] = []
  const outbox = { ...createMemoryOutbox(), ...parts } as Outbox
  const sent: string[] = []
  const delivery = createDelivery({
    outbox: guardOutbox(outbox, systemClock, (sentence) => troubles.push(sentence)),
    attempt: async (taskId) => {
      sent.push(taskId)
      return { kind: 'delivered', by: 'recorded' }
    },
    pace: { perMinute: 60_000, burst: 1000 },
    clock: systemClock,
    events: { attempted: vi.fn(), ended: vi.fn(), conflict: vi.fn(), keyRejected: vi.fn() },
  })
  return { ...delivery, sent, troubles }
}

describe.each(faults)('a user’s outbox that %s', (_, fault) => {
  test.each(methods)('in %s still gets all feedback delivered, each once', async (method) => {
    vi.useFakeTimers()
    try {
      const { add, flush, close, release, sent, troubles } = deliverBy({ [method]: fault })
      const delivered = Promise.all(['a', 'b', 'c'].map((taskId) => add({ taskId, valid: true })))
      await vi.advanceTimersByTimeAsync(30_000)
      void add({ taskId: 'held', valid: true }, 'hold')
      void release('held')
      await vi.advanceTimersByTimeAsync(30_000)
      if (method !== 'claim') expect((await delivered).map(({ kind }) => kind)).toEqual(Array(3).fill('delivered'))
      const flushed = flush(1000)
      await vi.advanceTimersByTimeAsync(30_000)
      await flushed
      const closed = close(1000)
      await vi.advanceTimersByTimeAsync(30_000)
      await closed
      expect(new Set(sent).size).toBe(sent.length)
      expect(troubles.length).toBeLessThanOrEqual(3)
    } finally {
      vi.useRealTimers()
    }
  })

  test('in every method is replaced by memory, with one event', async () => {
    vi.useFakeTimers()
    try {
      const { add, troubles } = deliverBy(Object.fromEntries(methods.map((method) => [method, fault])))
      const delivered = add({ taskId: 'a', valid: true })
      await vi.advanceTimersByTimeAsync(50_000)
      expect(await delivered).toMatchObject({ kind: 'delivered' })
      expect(troubles).toEqual([expect.stringContaining('; feedback is kept in memory meanwhile')])
    } finally {
      vi.useRealTimers()
    }
  })
})

test('slow but timely calls do not block each other', async () => {
  vi.useFakeTimers()
  const memory = createMemoryOutbox()
  const settle = vi.fn<Outbox['settle']>(async (...given) => {
    await new Promise((resolve) => setTimeout(resolve, 3000))
    return memory.settle(...given)
  })
  const { add, close, troubles } = deliverBy({ ...memory, settle } as never)
  for (const taskId of ['a', 'b', 'c']) void add({ taskId, valid: true })
  const closed = close(10_000)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await closed).toMatchObject({ delivered: 3, pending: 0 })
  expect(settle).toHaveBeenCalledTimes(3)
  expect(troubles).toEqual([])
  vi.useRealTimers()
})

test('feedback that ended while the outbox failed is settled, not sent, when it is handed out again', async () => {
  vi.useFakeTimers()
  const settle = vi.fn<Outbox['settle']>(() => {
    throw new Error('not now')
  })
  const memory = createMemoryOutbox()
  const { add, flush, sent } = deliverBy({ ...memory, settle } as never)
  const delivered = add({ taskId: 'a', valid: true })
  await vi.advanceTimersByTimeAsync(1000)
  expect(await delivered).toMatchObject({ kind: 'delivered' })
  settle.mockImplementation(memory.settle)
  await vi.advanceTimersByTimeAsync(120_000)
  const flushed = flush(1000)
  await vi.advanceTimersByTimeAsync(1000)
  expect(await flushed).toMatchObject({ pending: 0 })
  expect(sent).toEqual(['a'])
  vi.useRealTimers()
})
