import { beforeEach, describe, expect, test } from 'vitest'
import { createMemoryOutbox, type Feedback, type Outbox } from './outbox.ts'

const feedback = (taskId: string, parts: Partial<Feedback> = {}): Feedback => ({
  taskId,
  valid: true,
  decidedAt: 1000,
  expiresAt: 90_000,
  ...parts,
})
const delivered = { kind: 'delivered', by: 'recorded', attempts: 1 } as const

/** What every outbox must do. */
describe.each([['memory', createMemoryOutbox]])('the %s outbox', (_, create) => {
  let outbox: Outbox
  beforeEach(() => {
    outbox = create()
    return () => outbox.close()
  })
  const claim = async (now: number, limit = 10) =>
    (await outbox.claim({ now, lease: 500, limit })).map(({ taskId, attempts }) => `${taskId}#${attempts}`)

  test('keeps the first decision for a task', async () => {
    expect(outbox.add(feedback('a'))).toEqual({ kind: 'added' })
    expect(outbox.add(feedback('a', { valid: false }))).toEqual({ kind: 'known', valid: true, ending: undefined })
    expect(await outbox.claim({ now: 1000, lease: 500, limit: 10 })).toEqual([{ ...feedback('a'), attempts: 1 }])
  })

  test('remembers an ended task until it expires, and hands it out no more', async () => {
    outbox.add(feedback('a'))
    await outbox.settle('a', delivered)
    expect(await outbox.pending()).toBe(0)
    expect(await claim(80_000)).toEqual([])
    expect(outbox.add(feedback('a', { decidedAt: 89_999 }))).toEqual({ kind: 'known', valid: true, ending: delivered })
    expect(outbox.add(feedback('a', { decidedAt: 90_000, expiresAt: 180_000 }))).toEqual({ kind: 'added' })
  })

  test('hands out what is due, the oldest first, no more than asked for', async () => {
    for (const taskId of ['b', 'a', 'c']) outbox.add(feedback(taskId))
    expect(await claim(999)).toEqual([])
    expect(await claim(1000, 2)).toEqual(['b#1', 'a#1'])
    expect(await claim(1000, 2)).toEqual(['c#1'])
  })

  test('hands out a claimed feedback again only when its lease has run out', async () => {
    outbox.add(feedback('a'))
    expect(await claim(1000)).toEqual(['a#1'])
    expect(await claim(1499)).toEqual([])
    expect(await outbox.nextDueAt()).toBe(1500)
    expect(await claim(1500)).toEqual(['a#2'])
  })

  test('hands out a postponed feedback when its time has come', async () => {
    outbox.add(feedback('a'))
    await claim(1000)
    await outbox.postpone('a', 1200)
    expect(await claim(1199)).toEqual([])
    expect(await claim(1200)).toEqual(['a#2'])
  })

  test('knows how many are pending and when the next is due', async () => {
    expect([await outbox.pending(), await outbox.nextDueAt()]).toEqual([0, undefined])
    outbox.add(feedback('a'))
    outbox.add(feedback('b', { decidedAt: 1100 }))
    expect([await outbox.pending(), await outbox.nextDueAt()]).toEqual([2, 1000])
    await outbox.settle('a', { kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' })
    expect([await outbox.pending(), await outbox.nextDueAt()]).toEqual([1, 1100])
  })
})
