import { renameSync, rmSync } from 'node:fs'
import type { Clock } from '../../clock.ts'
import { createOutage, retryInterval } from '../outage.ts'
import { look, troubleOf } from './database.ts'
import { UnfitError } from './fitness.ts'
import type { SqliteFile } from './sqlite-file.ts'
import type { StoredRow } from './stored-row.ts'

export interface ResilientFileOptions {
  readonly path: string
  readonly open: (syncFailed: (error: Error) => void) => SqliteFile
  readonly opened: (db: SqliteFile) => void
  readonly clock: Clock
  /** Called with a sentence when the file fails, and again only after a minute without failure. */
  readonly trouble: (sentence: string) => void
  /** Called when the file's content may be lost, with the rows that could be read. */
  readonly lost: (rescued: readonly StoredRow[]) => void
}

export type ResilientFile = ReturnType<typeof createResilientFile>

/** The outbox file while it can be used: opened on demand, created anew if it was deleted or damaged. */
export function createResilientFile({ path, open, opened, clock, trouble, lost }: ResilientFileOptions) {
  const outage = createOutage(clock, trouble)
  const unsynced = createOutage(clock, trouble)
  let db: SqliteFile | undefined
  let openedAs = ''
  let checkedAt = 0
  let isClosed = false

  /** Returns the result of `run`, or `undefined` if another process holds a lock or the file is broken or closed. */
  function use<T>(run: (db: SqliteFile) => T): T | undefined {
    if (isClosed || !outage.mayRetry()) return
    try {
      return run(connect())
    } catch (error) {
      if (troubleOf(error) === 'busy') return
      if (troubleOf(error) === 'unusable') return breakDown(error)
    }
    try {
      beginAnew('damaged')
      return run(connect())
    } catch (error) {
      return troubleOf(error) === 'busy' ? undefined : breakDown(error)
    }
  }

  function connect(): SqliteFile {
    if (db && Math.abs(clock.now() - checkedAt) >= retryInterval) {
      checkedAt = clock.now()
      const status = db.status()
      if (status !== 'whole') beginAnew(status)
    }
    if (!db) {
      openedAs = look(path).identity
      db = open(syncFailed)
      openedAs = look(path).identity // it may be new
      checkedAt = clock.now()
      outage.end()
      opened(db)
    }
    return db
  }

  function syncFailed(error: Error): void {
    unsynced.fail(`the outbox file ${path} is not safe from a power cut: ${reasonOf(error)}; it will be synced again`)
  }

  /** Reads what it can from the old file. A damaged file is moved aside, unless another process already did. */
  function beginAnew(why: 'moved' | 'damaged'): void {
    const rescued = db?.rescue() ?? []
    disconnect()
    let status = 'was deleted or replaced'
    if (why === 'damaged' && look(path).identity === openedAs) {
      const aside = `${path}.damaged-${clock.now()}`
      for (const part of ['-wal', '']) move(path + part, aside + part) // a new file must not meet an old log
      rmSync(`${path}-shm`, { force: true })
      status = `was damaged and is now ${aside}`
    }
    lost(rescued)
    trouble(
      `the outbox file ${path} ${status}; a new one was created, with ${rescued.length} feedback read from the old`,
    )
  }

  function breakDown(error: unknown): undefined {
    disconnect()
    outage.fail(`the outbox file ${path} cannot be used: ${reasonOf(error)}; ${consequence}`)
    lost([]) // the file's later content is unknown
  }

  function disconnect(): void {
    try {
      db?.close()
    } catch {}
    db = undefined
  }

  return {
    use,
    /** Whether the file can't be used, for more than the time of a lock. */
    isOut: () => isClosed || outage.isOn(),
    isBroken: outage.isOn,
    close(): void {
      isClosed = true
      disconnect()
    },
  }
}

const consequence = 'feedback is kept in memory meanwhile, and is lost if this process ends before its delivery'

function move(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof UnfitError) return error.message
  const { code, errcode, message } = error as NodeJS.ErrnoException & { errcode?: number }
  if (code === 'ENOSPC' || errcode === 13) return 'the disk is full'
  return message
}
