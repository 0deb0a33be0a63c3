import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, test } from 'vitest'
import { systemClock } from '../../clock.ts'
import type { Feedback } from '../outbox.ts'
import { createSqliteOutbox } from './sqlite-outbox.ts'

const mayChown = process.getuid?.() === 0
const hasModes = process.platform !== 'win32'
const pace = { perMinute: 60_000, burst: 1000 }

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(`${tmpdir()}/outbox-`)
  path = `${directory}/outbox.sqlite`
  return () => rmSync(directory, { recursive: true })
})

const feedback = (taskId: string): Feedback => ({
  taskId,
  valid: true,
  decidedAt: Date.now(),
  expiresAt: Date.now() + 80_000_000,
})

function open() {
  const troubles: string[] = []
  const options = { path, account: 'account', clock: systemClock, history: 86_400_000 }
  const outbox = createSqliteOutbox({ ...options, trouble: (sentence) => troubles.push(sentence) })
  const claim = async () => {
    const { feedback } = await outbox.claim({ now: Date.now(), lease: 60_000, limit: 10, pace })
    return feedback.map(({ taskId }) => taskId)
  }
  return { ...outbox, claim, troubles }
}

const strangers: readonly [what: string, make: () => void, sentence: RegExp, may: boolean][] = [
  [
    'another user’s file',
    () => {
      writeFileSync(path, '', { mode: 0o600 })
      chownSync(path, 65_534, 65_534)
    },
    /outbox.sqlite belongs to another user \(uid 65534\)/,
    mayChown,
  ],
  [
    'a file that others can write to',
    () => {
      writeFileSync(path, '')
      chmodSync(path, 0o666)
    },
    /may be written by others \(mode 666, expected 600\)/,
    hasModes,
  ],
  ['a FIFO', () => void spawnSync('mkfifo', ['-m', '600', path]), /outbox.sqlite is not a file/, hasModes],
  ['a directory', () => mkdirSync(path), /outbox.sqlite is not a file/, true],
  [
    'another user’s symbolic link to a file of ours',
    () => {
      writeFileSync(`${directory}/precious`, 'ours', { mode: 0o600 })
      symlinkSync(`${directory}/precious`, path)
      spawnSync('chown', ['-h', '65534', path])
    },
    /belongs to another user/,
    mayChown,
  ],
  [
    'a log that others can write to',
    () => {
      writeFileSync(`${path}-wal`, '')
      chmodSync(`${path}-wal`, 0o622)
    },
    /outbox.sqlite-wal may be written by others/,
    hasModes,
  ],
  [
    'a spill directory that others can write to',
    () => {
      mkdirSync(`${path}-spill`)
      chmodSync(`${path}-spill`, 0o777)
    },
    /-spill may be written by others \(mode 777, expected 700\)/,
    hasModes,
  ],
]

describe('refuses what does not belong to us at the outbox’s path with a sentence, and memory takes over:', () => {
  for (const [what, make, sentence, may] of strangers) {
    test.runIf(may)(what, async () => {
      make()
      const outbox = open()
      outbox.add(feedback('a'))
      expect(outbox.troubles).toEqual([expect.stringMatching(sentence)])
      expect(await outbox.claim()).toEqual(['a'])
      await outbox.close()
    })
  }
})

test.runIf(hasModes)(
  'a FIFO among the spill files does not block, and another user’s file there is not sent',
  async () => {
    const outbox = open()
    outbox.add(feedback('a'))
    mkdirSync(`${path}-spill`, { mode: 0o700 })
    spawnSync('mkfifo', [`${path}-spill/pipe.jsonl`])
    const row = { ...feedback('theirs'), account: 'account', attempts: 0, dueAt: 0 }
    writeFileSync(`${path}-spill/theirs.jsonl`, `${JSON.stringify(row)}\n`)
    chmodSync(`${path}-spill/theirs.jsonl`, 0o666)
    expect(await outbox.claim()).toEqual(['a'])
    await outbox.close()
  },
)

test('after close() nothing opens the file again, and later decisions are left to the next run', async () => {
  const outbox = open()
  outbox.add(feedback('a'))
  await outbox.close()
  rmSync(path)
  expect(outbox.add(feedback('b'))).toEqual({ kind: 'added' })
  expect(await outbox.held()).toEqual([])
  expect(await outbox.release('a')).toBe(false)
  expect(await outbox.pending()).toBe(2)
  expect(outbox.oldestDeadline()).toBeTypeOf('number')
  expect(await outbox.claim()).toEqual([])
  expect(existsSync(path)).toBe(false)
  const next = open()
  expect(await next.claim()).toEqual(['b'])
  expect(outbox.troubles).toEqual([])
  await next.close()
})
