import type { Clock } from '../clock.ts'
import { atOnce } from './at-once.ts'
import { createLastingFile } from './lasting-file.ts'
import { createMemoryRows, type Row } from './memory-outbox.ts'
import type { Added, Feedback, News, Outbox, Undecided } from './outbox.ts'
import { createSpill } from './spill.ts'
import { createEndings } from './sqlite-endings.ts'
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts'
import type { StoredRow } from './stored-row.ts'

export interface SqliteOutboxOptions {
  readonly path: string
  /** The fingerprint of the API key: processes with other keys may share the file. */
  readonly account: string
  readonly clock: Clock
  /** How many ms what has ended is kept to be looked at. */
  readonly history: number
  /** Told in a sentence when the file fails us; again only after a minute without failure. */
  readonly trouble: (sentence: string) => void
  /** Opens the file at `path` for `account`. */
  readonly open?: () => SqliteFile
}

/** Between two looks for what other processes left, in ms. */
const sweepInterval = 60_000
/** How soon to look again at a file that is broken. */
const brokenInterval = 1000
/** As many rows as are written in one go on the crawler's thread. */
const batch = 200
/** As many undecided verdicts as wait for a file that cannot be used. */
const mostUntold = 1000

/**
 * An outbox in a file that all processes of a machine share.
 *
 * When `add` returns, the feedback survives the death of the process: it is in the file or, while another process holds
 * the file's write lock, in memory and in a spill file next to it, and written as soon as the lock is free. It survives
 * a power cut once the disk has it, which is asked for at once and not waited for.
 *
 * Memory keeps a copy of what this process decided until it has ended: where the file cannot be used, delivery goes on
 * from there, and where the file is lost, the copies are written again.
 */
export function createSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  const { path, account, clock, history, trouble, open = () => openSqliteFile(path, account, history) } = options
  const copies = createMemoryRows()
  /** The tasks whose row in the file is missing or behind its copy. */
  const unwritten = new Set<string>()
  let rescued: StoredRow[] = []
  /** What the history still lacks: not worth a place on the disk of its own. */
  let untold: Undecided[] = []
  const spill = createSpill(path)
  const file = createLastingFile({ path, open, opened: (db) => endings.opened(db), clock, trouble, lost })
  const endings = createEndings({
    file,
    clock,
    // Of what is not written yet we do not know whether it was decided alike: `written` tells.
    tell(news) {
      if (!unwritten.has(news.taskId)) tell(news)
    },
  })
  let sweptAt = Number.NEGATIVE_INFINITY
  let listener: ((news: News) => void) | undefined
  let cancelWriting: (() => void) | undefined

  const stored = (row: Row): StoredRow => ({ ...row, account })
  const isBehind = () => unwritten.size + rescued.length + untold.length > 0
  const soon = () => Math.ceil(5 + Math.random() * 20)

  function lost(rows: readonly StoredRow[]): void {
    rescued.push(...rows)
    for (const { taskId } of copies.rows()) unwritten.add(taskId)
    writeLater()
  }

  function keepUnwritten(taskId: string): void {
    unwritten.add(taskId)
    writeLater()
  }

  function writeLater(): void {
    cancelWriting ??= clock.after(file.isBroken() ? brokenInterval : soon(), () => {
      cancelWriting = undefined
      write()
      if (isBehind()) writeLater()
    })
  }

  /** Brings the next batch of what is behind into the file; returns whether that could be written. */
  function write(): boolean {
    const rows: Row[] = []
    for (const taskId of unwritten) {
      const row = copies.get(taskId)
      if (row) rows.push(row)
      else unwritten.delete(taskId)
      if (rows.length === batch) break
    }
    const carried = rescued.slice(0, batch)
    const noted = untold.slice(0, batch)
    const inFile = file.use((db) =>
      db.transaction(() => {
        for (const row of carried) db.merge(row, clock.now())
        for (const undecided of noted) db.note(undecided)
        return rows.map((row) => {
          db.merge(stored(row), clock.now())
          return db.find(row.taskId)
        })
      }),
    )
    if (!inFile) return false
    rescued = rescued.slice(carried.length)
    untold = untold.slice(noted.length)
    for (const [index, row] of rows.entries()) written(row, inFile[index])
    if (unwritten.size === 0) spill.clear()
    return true
  }

  /** Our decision may have come too late: another process's, that was written meanwhile, stands. */
  function written({ taskId, valid, ending }: Row, inFile = { valid, ending }): void {
    unwritten.delete(taskId)
    if (ending) copies.forget(taskId)
    else if (inFile.valid !== valid) tell({ kind: 'conflict', taskId, kept: inFile.valid })
    else if (inFile.ending) tell({ kind: 'ended', taskId, ending: inFile.ending })
  }

  /** Keeps the copy like the row that was claimed, unless that is another process's decision. */
  function mirror(row: Row): void {
    const copy = copies.get(row.taskId)
    if (copy?.valid === row.valid) copies.put(row)
    else if (copy) written(copy, row)
  }

  function tell(news: News): void {
    copies.forget(news.taskId)
    listener?.(news)
  }

  function sweep(now: number): void {
    if (Math.abs(now - sweptAt) < sweepInterval) return
    const done = file.use((db) => {
      spill.sweep(now, (rows) => db.transaction(() => rows.map((row) => db.merge(row, now))))
      db.prune(now)
      return true
    })
    if (done) sweptAt = now
  }

  function begin(how: 'add' | 'hold', feedback: Feedback): Added {
    const known = copies[how](feedback)
    if (known.kind === 'known') return known
    const added = file.use((db) => db[how](feedback))
    if (added?.kind === 'known') copies.forget(feedback.taskId)
    if (added) return added
    if (!file.isBroken()) spill.append({ ...feedback, account, attempts: 0, dueAt: how === 'add' ? 0 : null })
    keepUnwritten(feedback.taskId)
    return known
  }

  /** Each ending must be in the file before it is told of, but its transaction costs as much as many endings. */
  const settle = atOnce((rows: readonly Row[]) => {
    const stands = file.use((db) => db.transaction(() => rows.map((row) => db.merge(stored(row), clock.now()))))
    for (const row of rows) {
      if (stands) written(row)
      else {
        copies.put(row)
        keepUnwritten(row.taskId)
      }
    }
    return stands ?? rows.map(() => true)
  })

  /** What `run` returns when the file can be written, or `undefined` when it is broken. */
  async function patiently<T>(run: (db: SqliteFile) => T): Promise<T | undefined> {
    for (;;) {
      const done = isBehind() && !file.isBroken() && !write() ? undefined : file.use(run)
      if (done !== undefined || file.isBroken()) return done
      await new Promise<void>((again) => void clock.after(soon(), again, { keepAlive: true }))
    }
  }

  return {
    add: (feedback) => begin('add', feedback),
    hold: (feedback) => begin('hold', feedback),
    held: async () => (await patiently((db) => db.held())) ?? copies.held(),
    async release(taskId) {
      const isOurs = copies.release(taskId)
      return (await patiently((db) => db.release(taskId))) ?? isOurs
    },
    async drop(taskId) {
      const isOurs = copies.drop(taskId)
      const isDropped = await patiently((db) => db.drop(taskId, clock.now()))
      if (isDropped !== undefined) copies.forget(taskId)
      return isDropped ?? isOurs
    },
    deadlinesInARow: (site, limit) =>
      file.use((db) => db.deadlinesInARow(site, limit)) ?? copies.deadlinesInARow(site, limit),
    note(undecided) {
      if (file.use((db) => db.note(undecided))) return
      if (untold.push(undecided) > mostUntold) untold.shift()
      writeLater()
    },

    claim(claim) {
      const { now, lease } = claim
      sweep(now)
      const claimed = file.use((db) => db.claim(claim))
      for (const feedback of claimed?.feedback ?? []) mirror({ ...feedback, dueAt: now + lease, ending: undefined })
      if (file.isBroken()) {
        const { feedback, lookAgainAt = Number.POSITIVE_INFINITY } = copies.claim(claim)
        return { feedback, lookAgainAt: Math.min(lookAgainAt, now + brokenInterval) }
      }
      const { feedback, lookAgainAt = Number.POSITIVE_INFINITY } = claimed ?? { feedback: [] }
      const latest = now + (claimed && !isBehind() ? sweepInterval : soon())
      return { feedback, lookAgainAt: Math.min(lookAgainAt, latest) }
    },

    postpone(feedback, dueAt) {
      copies.postpone(feedback, dueAt)
      file.use((db) => db.postpone(feedback, dueAt)) // else its lease runs out
    },

    settle: (feedback, ending) => settle({ ...feedback, dueAt: 0, ending }),

    pause(now, until) {
      copies.pause(now, until)
      file.use((db) => db.pause(now, until))
    },

    pending() {
      const inFile = file.use((db) => db.pending())
      if (inFile === undefined) return copies.pending()
      let count = inFile + rescued.length
      for (const taskId of unwritten) if (!copies.get(taskId)?.ending) count++
      return count
    },

    oldestDeadline: () => file.use((db) => db.oldestDeadline()) ?? copies.oldestDeadline(),

    subscribe(heardBy) {
      listener = heardBy
      const stop = endings.listen()
      return () => {
        stop()
        listener = undefined
      }
    },

    close() {
      while (isBehind() && write());
      cancelWriting?.()
      cancelWriting = undefined
      file.close()
    },
  }
}
