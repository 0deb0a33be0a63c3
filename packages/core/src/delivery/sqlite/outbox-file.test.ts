import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../clock.ts'
import type { ClaimedFeedback, Feedback, Outbox } from '../outbox.ts'
import { openOutboxFile } from './outbox-file.ts'
import { createSqliteOutbox } from './sqlite-outbox.ts'

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const hour = 60 * 60_000
const pace = { perMinute: 60, burst: 10 }
let path: string
let now: number

beforeEach(() => {
  const directory = mkdtempSync(`${tmpdir()}/outbox-`)
  path = `${directory}/outbox.sqlite`
  now = Date.now()
  return () => rmSync(directory, { recursive: true })
})

const open = (account: string): Outbox =>
  createSqliteOutbox({ path, account, clock: systemClock, history: 24 * hour, trouble: expect.unreachable })

const feedback = (taskId: string, parts: Partial<Feedback> = {}): Feedback => ({
  taskId,
  valid: true,
  decidedAt: now,
  expiresAt: now + 24 * hour,
  origin: { site: 'shop.test', by: 'acceptedWhen', predicate: 'url(**)', took: 1500 },
  ...parts,
})

/** One of each state, and another account's. */
async function fill(): Promise<void> {
  const outbox = open('mine')
  for (const taskId of ['delivered', 'dead', 'expired']) outbox.add(feedback(taskId))
  const { feedback: claimed } = await outbox.claim({ now, lease: 1, limit: 3, pace })
  const endings = {
    delivered: { kind: 'delivered', by: 'recorded', attempts: 1 },
    dead: { kind: 'dead', reason: 'ERROR_X' },
    expired: { kind: 'expired' },
  } as const
  for (const one of claimed as (ClaimedFeedback & { taskId: keyof typeof endings })[]) {
    await outbox.settle(one, endings[one.taskId])
  }
  const byDeadline = { site: 'bank.test', by: 'deadline', took: 30_000 }
  for (const taskId of ['held', 'dropped']) outbox.hold(feedback(taskId, { valid: false, origin: byDeadline }))
  await outbox.drop('dropped')
  outbox.add(feedback('pending', { decidedAt: now - hour, expiresAt: now + 23 * hour, origin: undefined }))
  outbox.note?.({ taskId: 'undecided', decidedAt: now, origin: { site: 'shop.test', by: 'no-match', took: 9 } })
  await outbox.close()
  const another = open('another')
  another.add(feedback('theirs'))
  await another.pause(now, now + hour)
  await another.close()
}

test('returns the status of each key', async () => {
  await fill()
  using file = openOutboxFile(path)
  const one = { pending: 1, held: 1, delivered: 1, dead: 1, expired: 1, dropped: 1, conflict: 0 }
  const none = { pending: 0, held: 0, delivered: 0, dead: 0, expired: 0, dropped: 0, conflict: 0 }
  expect(file.status({ now, pace }).toSorted((a, b) => b.account.localeCompare(a.account))).toEqual([
    { account: 'mine', counts: one, oldestDeadline: now + 23 * hour, pausedUntil: undefined, paceLeft: 7 },
    {
      account: 'another',
      counts: { ...none, pending: 1 },
      oldestDeadline: now + 24 * hour,
      pausedUntil: now + hour,
      paceLeft: 0,
    },
  ])
})

test('lists feedback by state and site, latest first', async () => {
  await fill()
  using file = openOutboxFile(path)
  expect(file.list({ state: 'dead' })).toEqual([
    {
      ...feedback('dead'),
      account: 'mine',
      attempts: 1,
      state: 'dead',
      reason: 'ERROR_X',
      endedAt: expect.any(Number),
    },
  ])
  const states = file.list({ site: 'bank.test' }).map(({ state }) => state)
  expect(new Set(states)).toEqual(new Set(['dropped', 'held']))
  expect(file.list()).toHaveLength(7)
  expect(file.list().at(-1)).toMatchObject({ taskId: 'pending', state: 'pending', origin: undefined })
  expect(file.list({ limit: 2 })).toHaveLength(2)
  expect(file.accounts()).toEqual(['another', 'mine'])
  expect(file.list({ account: 'another' })).toMatchObject([{ account: 'another', taskId: 'theirs' }])
})

test('returns the verdicts of watches, including undecided ones', async () => {
  await fill()
  using file = openOutboxFile(path)
  const verdicts = [...file.verdicts(now)]
  expect(new Set(verdicts.map(({ taskId, kind, by }) => `${taskId} ${kind} ${by}`))).toEqual(
    new Set([
      'delivered accepted acceptedWhen',
      'dead accepted acceptedWhen',
      'expired accepted acceptedWhen',
      'held rejected deadline',
      'dropped rejected deadline',
      'theirs accepted acceptedWhen',
      'undecided undecided no-match',
    ]),
  )
  expect([...file.verdicts(now + 1)]).toEqual([])
})

test('releases and drops held feedback, and retries dead letters', async () => {
  await fill()
  using file = openOutboxFile(path)
  expect(file.retry({ account: 'another', taskId: 'dead' }, now)).toBe(false)
  expect(file.release({ account: 'another', taskId: 'held' })).toBe(false)
  expect(file.drop({ account: 'another', taskId: 'held' }, now)).toBe(false)
  expect(file.retry({ account: 'mine', taskId: 'dead' }, now)).toBe(true)
  expect(file.retry({ account: 'mine', taskId: 'expired' }, now)).toBe(false)
  expect(file.release({ account: 'mine', taskId: 'held' })).toBe(true)
  expect(file.release({ account: 'mine', taskId: 'dead' })).toBe(false)
  expect(file.drop({ account: 'mine', taskId: 'held' }, now)).toBe(false)
  const pending = file.list({ state: 'pending' }).map(({ taskId }) => taskId)
  expect(new Set(pending)).toEqual(new Set(['dead', 'held', 'pending', 'theirs']))
  const outbox = open('mine')
  const { feedback: claimed } = await outbox.claim({ now: now + hour, lease: 1, limit: 10, pace })
  expect(claimed.map(({ taskId }) => taskId)).toEqual(['pending', 'dead', 'held'])
  await outbox.close()
})

test('says what is wrong with a file that cannot be used', async () => {
  expect(() => openOutboxFile(path)).toThrow(
    expect.objectContaining({ reason: 'absent', message: `there is no outbox file at ${path}` }),
  )
  writeFileSync(path, 'not a database, but long enough to be taken for one'.repeat(100))
  expect(() => openOutboxFile(path)).toThrow(
    expect.objectContaining({ reason: 'damaged', message: expect.stringContaining('file is not a database') }),
  )
  rmSync(path)
  using newer = new DatabaseSync(path)
  newer.exec('CREATE TABLE outbox (future); PRAGMA user_version = 99')
  expect(() => openOutboxFile(path)).toThrow('a newer version of this library made it')
})
