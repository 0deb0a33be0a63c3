import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { firstVersion } from '../../../../../test/outbox/first-version.ts'
import { systemClock } from '../../clock.ts'
import type { ClaimedFeedback, Feedback, OutboxEvent } from '../outbox.ts'
import { checkFileSystem, checkSqlite, UnfitError } from './fitness.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { createSqliteOutbox, type SqliteOutboxOptions } from './sqlite-outbox.ts'
import { accountOf } from './stored-row.ts'

const hour = 3_600_000
const start = Date.now()
const pace = { perMinute: 60_000, burst: 1000 }
const recorded = { kind: 'delivered', by: 'recorded', attempts: 1 } as const

let directory: string
let path: string
beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  directory = mkdtempSync(`${tmpdir()}/outbox-`)
  path = `${directory}/outbox.sqlite`
  return () => {
    vi.useRealTimers()
    vi.restoreAllMocks()
    rmSync(directory, { recursive: true })
  }
})

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')

const feedback = (taskId: string, valid = true): Feedback => ({
  taskId,
  valid,
  decidedAt: Date.now(),
  expiresAt: Date.now() + 24 * hour,
})

/** One process's view of the file. */
function open(options: Partial<SqliteOutboxOptions> = {}) {
  const troubles: string[] = []
  const outbox = createSqliteOutbox({
    path,
    account: 'account',
    clock: systemClock,
    history: 30 * 24 * hour,
    trouble: (sentence) => troubles.push(sentence),
    ...options,
  })
  const claim = async () => (await outbox.claim({ now: Date.now(), lease: 60_000, limit: 10, pace })).feedback
  const claimed = async () => (await claim()).map(({ taskId }) => taskId)
  const settleAll = async () => {
    for (const one of await claim()) await outbox.settle(one, recorded)
  }
  return { ...outbox, claimAt: outbox.claim, claim, claimed, settleAll, troubles }
}

/** Another process that holds the write lock; returns how to give it up. */
function lock(): () => void {
  const db = new DatabaseSync(path)
  db.exec('BEGIN IMMEDIATE')
  return () => db.close()
}

function tasksIn(table: string) {
  using db = new DatabaseSync(path)
  return db
    .prepare(`SELECT task_id FROM ${table}`)
    .all()
    .map(({ task_id }) => task_id)
}
const rows = () => tasksIn('outbox')
const undecided = () => tasksIn('undecided')

describe('two processes', () => {
  test('see each other’s tasks and never claim the same one', async () => {
    const [one, two] = [open(), open()]
    one.add(feedback('a', true))
    expect(two.add(feedback('a', false))).toMatchObject({ kind: 'known', valid: true, ending: undefined })
    expect(await two.claimed()).toEqual(['a'])
    expect(await one.claimed()).toEqual([])
    one.close()
    two.close()
  })

  test('with different keys do not see each other', async () => {
    const [one, two] = [open(), open({ account: 'another' })]
    one.add(feedback('a', true))
    expect(two.add(feedback('a', false))).toEqual({ kind: 'added' })
    expect(await one.claim()).toMatchObject([{ valid: true }])
    expect(await two.claim()).toMatchObject([{ valid: false }])
    expect([await one.pending(), await two.pending()]).toEqual([1, 1])
    one.close()
    two.close()
  })

  test('share the pace and the pause', async () => {
    const [one, two] = [open(), open()]
    const slow = { lease: 60_000, limit: 10, pace: { perMinute: 1, burst: 2 } }
    for (const taskId of ['a', 'b', 'c', 'd']) one.add(feedback(taskId))
    const { feedback: burst } = await one.claimAt({ ...slow, now: start })
    expect(burst).toHaveLength(2)
    expect(await two.claimAt({ ...slow, now: start })).toEqual({ feedback: [], lookAgainAt: start + 60_000 })
    await one.pause(start, start + hour)
    expect(await two.claimAt({ ...slow, now: start + hour - 1 })).toEqual({ feedback: [], lookAgainAt: start + hour })
    one.close()
    two.close()
  })

  test('report each other’s endings while there are listeners', async () => {
    const [one, two] = [open(), open()]
    const news: OutboxEvent[] = []
    one.add(feedback('a'))
    const stop = one.subscribe?.((item) => news.push(item))
    await two.settleAll()
    await vi.advanceTimersByTimeAsync(500)
    expect(news).toEqual([{ kind: 'ended', taskId: 'a', ending: recorded }])
    stop?.()
    one.add(feedback('b'))
    await two.settleAll()
    await vi.advanceTimersByTimeAsync(5000)
    expect(news).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
    one.close()
    two.close()
  })
})

describe('while another process holds the write lock', () => {
  test('added feedback is kept, and written when the lock is free', async () => {
    const outbox = open()
    outbox.add(feedback('a'))
    const unlock = lock()
    expect(outbox.add(feedback('b'))).toEqual({ kind: 'added' })
    expect(outbox.add(feedback('b', false))).toMatchObject({ kind: 'known', valid: true, ending: undefined })
    expect(await outbox.pending()).toBe(2)
    await vi.advanceTimersByTimeAsync(10_000)
    expect(rows()).toEqual(['a'])
    unlock()
    await vi.advanceTimersByTimeAsync(100)
    expect(rows()).toEqual(['a', 'b'])
    expect(readdirSync(`${path}-spill`)).toEqual([])
    expect(outbox.troubles).toEqual([])
    outbox.close()
  })

  test('another process finds what a process could not write before it died', async () => {
    open().add(feedback('a'))
    const unlock = lock()
    const dying = open({ clock: { ...systemClock, after: () => () => {} } })
    dying.add(feedback('b'))
    unlock()
    const next = open()
    expect(await next.claimed()).toEqual(['a', 'b'])
    await next.settleAll()
    await vi.advanceTimersByTimeAsync(61_000)
    await next.settleAll()
    await vi.advanceTimersByTimeAsync(61_000)
    expect(await next.claimed()).toEqual([])
    expect(readdirSync(`${path}-spill`)).toEqual([])
  })

  test('an ending is kept, and written when the lock is free', async () => {
    const outbox = open()
    outbox.add(feedback('a'))
    const [claimed] = await outbox.claim()
    const unlock = lock()
    expect(await outbox.settle(claimed as ClaimedFeedback, recorded)).toBe(true)
    expect(outbox.add(feedback('a'))).toMatchObject({ kind: 'known', ending: recorded })
    unlock()
    await vi.advanceTimersByTimeAsync(100)
    expect(open().add(feedback('a'))).toMatchObject({ kind: 'known', ending: recorded })
  })

  describe('a decision that comes too late is reported, and the first one stands,', () => {
    /** Two processes of which the second decided differently, and could not write it yet. */
    async function late() {
      const [one, two] = [open(), open()]
      const news: OutboxEvent[] = []
      two.subscribe?.((item) => news.push(item))
      await one.pending()
      await vi.advanceTimersByTimeAsync(490) // 10 ms before the second listens
      vi.spyOn(Math, 'random').mockReturnValue(1) // it writes after that
      const unlock = lock()
      two.add(feedback('a', false))
      unlock()
      one.add(feedback('a', true))
      return { one, two, news }
    }
    const conflict = { kind: 'conflict', taskId: 'a', kept: true }

    test('when it is written', async () => {
      const { news } = await late()
      await vi.advanceTimersByTimeAsync(100)
      expect(news).toEqual([conflict])
    })

    test('when the first one was already delivered', async () => {
      const { one, news } = await late()
      await one.settleAll()
      await vi.advanceTimersByTimeAsync(100)
      expect(news).toEqual([conflict])
    })

    test.each([true, false])(
      'when the late process has claimed the first one, and the lock is free again: %s',
      async (isFree) => {
        const [one, two] = [open(), open()]
        const news: OutboxEvent[] = []
        two.subscribe?.((item) => news.push(item))
        one.add(feedback('a', true))
        const [claimed] = await two.claim()
        const unlock = lock()
        two.add(feedback('a', false))
        if (isFree) unlock()
        expect(await two.settle(claimed as ClaimedFeedback, recorded)).toBe(true)
        if (!isFree) unlock()
        await vi.advanceTimersByTimeAsync(100)
        expect(news).toEqual([conflict])
      },
    )

    test('when the late process delivers the first one', async () => {
      const { two, news } = await late()
      expect(await two.claim()).toMatchObject([{ taskId: 'a', valid: true }])
      await vi.advanceTimersByTimeAsync(100)
      expect(news).toEqual([conflict])
    })
  })
})

describe('a file that cannot be used', () => {
  const unfit = () => {
    throw new UnfitError('it lies on the moon')
  }

  test('is reported once, while memory delivers', async () => {
    const outbox = open({ open: unfit })
    outbox.add(feedback('a'))
    expect(await outbox.claimed()).toEqual(['a'])
    await vi.advanceTimersByTimeAsync(hour)
    expect(await outbox.claimed()).toEqual(['a'])
    expect(outbox.troubles).toEqual([expect.stringContaining('outbox.sqlite cannot be used: it lies on the moon; ')])
    await outbox.settleAll()
    outbox.close()
  })

  test('is used again when it can be, and gets what memory kept, with its endings', async () => {
    const openFile = vi.fn(() => openSqliteFile(path, 'account', 24 * hour)).mockImplementation(unfit)
    const outbox = open({ open: openFile })
    outbox.add(feedback('a'))
    const [claimed] = await outbox.claim()
    await outbox.settle(claimed as ClaimedFeedback, recorded)
    outbox.add(feedback('b'))
    openFile.mockRestore()
    await vi.advanceTimersByTimeAsync(1100)
    expect(open().add(feedback('a'))).toMatchObject({ kind: 'known', ending: recorded })
    expect(open().add(feedback('b'))).toMatchObject({ kind: 'known', ending: undefined })
    outbox.close()
  })

  test('from a newer version is not changed', async () => {
    using db = new DatabaseSync(path)
    db.exec('CREATE TABLE outbox (future); PRAGMA user_version = 99')
    const outbox = open()
    outbox.add(feedback('a'))
    expect(outbox.troubles).toEqual([expect.stringContaining('a newer version of this library made it')])
    expect(db.prepare('SELECT * FROM outbox').all()).toEqual([])
  })

  test('of another program is not changed', async () => {
    using db = new DatabaseSync(path)
    db.exec('CREATE TABLE recipe (title)')
    const outbox = open()
    outbox.add(feedback('a'))
    expect(outbox.troubles).toEqual([expect.stringContaining('it is the database of another program')])
    expect(db.prepare('SELECT name FROM sqlite_schema').all()).toEqual([{ name: 'recipe' }])
  })
})

test.each(['3.43.2', '3.44.5', '3.45.0', '3.50.6', '3.51.2'])('SQLite %s is refused', (version) => {
  expect(() => checkSqlite(version)).toThrow('upgrade Node.js')
})
test.each(['3.44.6', '3.50.7', '3.51.3', '3.52.0', '3.53.4', '4.0.0'])('SQLite %s is accepted', (version) => {
  checkSqlite(version)
})

test.runIf(process.platform === 'linux')('file systems that cannot share a file are refused', () => {
  expect(() => checkFileSystem(0x6969)).toThrow('it lies on NFS')
  expect(() => checkFileSystem(0x65735546)).toThrow('it lies on FUSE or virtiofs')
  expect(() => checkFileSystem(0xff534d42 | 0)).toThrow('it lies on CIFS') // as a signed number
  checkFileSystem(0xef53)
})

test('nothing waits longer when the clock jumps by an hour, either way', async () => {
  const outbox = open()
  outbox.add(feedback('a'))
  expect(await outbox.claimed()).toEqual(['a'])
  vi.setSystemTime(start - hour)
  outbox.add(feedback('b'))
  expect(await outbox.claimed()).toEqual(['b', 'a'])
  vi.setSystemTime(start + hour)
  expect(await outbox.claimed()).toEqual(['b', 'a'])
  outbox.close()
})

test('deletes completed feedback and undecided verdicts that are older than the history', async () => {
  const outbox = open({ history: 48 * hour })
  for (const taskId of ['a', 'b', 'c']) outbox.add(feedback(taskId))
  const [a, b] = (await outbox.claim()) as [ClaimedFeedback, ClaimedFeedback]
  await outbox.settle(a, recorded)
  await outbox.settle(b, { kind: 'dead', reason: 'ERROR_X' })
  outbox.note?.({ taskId: 'd', decidedAt: Date.now(), origin: { by: 'no-match', took: 1 } })
  await vi.advanceTimersByTimeAsync(47 * hour)
  await outbox.claim()
  expect(rows()).toEqual(['a', 'b', 'c'])
  expect(undecided()).toEqual(['d'])
  await vi.advanceTimersByTimeAsync(2 * hour)
  await outbox.claim()
  expect(rows()).toEqual(['c'])
  expect(undecided()).toEqual([])
  outbox.close()
})

test('writes an undecided verdict when the write lock is free again', async () => {
  const outbox = open()
  outbox.add(feedback('a'))
  const unlock = lock()
  outbox.note?.({ taskId: 'b', decidedAt: start, origin: { site: 'shop.test', by: 'no-match', took: 1 } })
  expect(undecided()).toEqual([])
  unlock()
  await vi.advanceTimersByTimeAsync(1000)
  expect(undecided()).toEqual(['b'])
  outbox.close()
})

test('releases held feedback once the write lock is free', async () => {
  const outbox = open()
  outbox.hold(feedback('a'))
  const unlock = lock()
  const released = outbox.release('a')
  await vi.advanceTimersByTimeAsync(1000)
  unlock()
  await vi.advanceTimersByTimeAsync(1000)
  expect(await released).toBe(true)
  expect(await open().claimed()).toEqual(['a'])
  outbox.close()
})

test('migrates a file of the first version with all its content', async () => {
  writeFileSync(path, '', { mode: 0o600 })
  firstVersion(path, { account: 'account', taskId: 'a', decidedAt: start, expiresAt: start + hour })
  using db = new DatabaseSync(path)
  db.exec(
    `INSERT INTO outbox VALUES ('account', 'b', 0, ${start}, ${start + hour}, 1, NULL, '{"kind":"expired"}', ${start})`,
  )
  const outbox = open()
  expect(outbox.hold(feedback('c'))).toEqual({ kind: 'added' })
  expect(outbox.add(feedback('b', true))).toMatchObject({ kind: 'known', valid: false, ending: { kind: 'expired' } })
  expect(await outbox.claimed()).toEqual(['a'])
  expect(outbox.troubles).toEqual([])
  outbox.close()
})

test('a process continues to use a file that a newer version migrated meanwhile', async () => {
  const outbox = open()
  outbox.add(feedback('a'))
  using db = new DatabaseSync(path)
  db.exec(`
    ALTER TABLE outbox ADD COLUMN future TEXT; ALTER TABLE undecided ADD COLUMN future TEXT;
    ALTER TABLE gate ADD COLUMN future TEXT; PRAGMA user_version = 99`)
  outbox.add(feedback('b'))
  outbox.note?.({ taskId: 'c', decidedAt: start, origin: { by: 'no-match', took: 1 } })
  expect(await outbox.claimed()).toEqual(['a', 'b'])
  expect(undecided()).toEqual(['c'])
  expect(outbox.troubles).toEqual([])
  outbox.close()
})

test('an account’s fingerprint depends on key and API, and reveals neither', () => {
  const account = accountOf('a-secret-key', 'https://api.test')
  expect(account).toBe(accountOf('a-secret-key', 'https://api.test'))
  expect(account).not.toBe(accountOf('a-secret-key', 'http://127.0.0.1'))
  expect(account).not.toBe(accountOf('another-key', 'https://api.test'))
  expect(account).toMatch(/^[0-9a-f]{32}$/)
})
