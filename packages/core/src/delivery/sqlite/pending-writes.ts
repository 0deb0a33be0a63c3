import type { Clock } from '../../clock.ts'
import type { MemoryOutbox, Row } from '../memory-outbox.ts'
import { retryInterval } from '../outage.ts'
import type { OutboxEvent, Undecided } from '../outbox.ts'
import type { ResilientFile } from './resilient-file.ts'
import { createSpill } from './spill.ts'
import type { StoredRow } from './stored-row.ts'

export interface PendingWritesOptions {
  readonly path: string
  readonly account: string
  readonly file: ResilientFile
  /** Feedback that this process decided, until it has ended. */
  readonly copies: MemoryOutbox
  readonly clock: Clock
  readonly tell: (event: OutboxEvent) => void
}

/** How many rows are written at once, on the crawler's thread. */
const batch = 200
/** How many undecided verdicts are kept for a file that can't be used. */
const mostUntold = 1000
/** When to try again if another process holds the lock. */
export const soon = () => Math.ceil(5 + Math.random() * 20)

/**
 * Writes that the outbox file still lacks because it was locked, broken or lost. They are written as soon as possible.
 */
export function createPendingWrites({ path, account, file, copies, clock, tell }: PendingWritesOptions) {
  /** The tasks whose row in the file is missing or older than its copy. */
  const unwritten = new Set<string>()
  let rescued: StoredRow[] = []
  /** Undecided verdicts that the history still lacks. They are not worth a spill file. */
  let untold: Undecided[] = []
  const spill = createSpill(path)
  let cancelWriting: (() => void) | undefined
  let isClosed = false

  const stored = (row: Row): StoredRow => ({ ...row, account })
  const areAny = () => unwritten.size + rescued.length + untold.length > 0

  function keep(row: Row): void {
    copies.put(row)
    unwritten.add(row.taskId)
    writeLater()
  }

  function writeLater(): void {
    if (isClosed) return
    cancelWriting ??= clock.after(file.isBroken() ? retryInterval : soon(), () => {
      cancelWriting = undefined
      write()
      if (areAny()) writeLater()
    })
  }

  /** Writes the next batch to the file; returns whether it succeeded. */
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
    if (unwritten.size + rescued.length === 0) spill.clear()
    return true
  }

  /** If another process wrote its decision first, that decision stands. */
  function written({ taskId, valid, ending }: Row, inFile: Pick<Row, 'valid' | 'ending'> = { valid, ending }): void {
    unwritten.delete(taskId)
    if (ending) copies.forget(taskId)
    else if (inFile.valid !== valid) tell({ kind: 'conflict', taskId, kept: inFile.valid })
    else if (inFile.ending) tell({ kind: 'ended', taskId, ending: inFile.ending })
  }

  return {
    areAny,
    has: (taskId: string) => unwritten.has(taskId),
    keep,
    write,
    written,
    /** Stores a new decision so that it survives the death of this process, unless the disk itself fails. */
    spill(row: Row): void {
      if (!file.isBroken()) spill.append([stored(row)])
      keep(row)
    },
    /** Takes over writes that other processes left when they died. */
    sweep: spill.sweep,
    note(undecided: Undecided): void {
      if (untold.push(undecided) > mostUntold) untold.shift()
      writeLater()
    },
    /** The file's content may be lost, except these rows that could be read. */
    lost(rows: readonly StoredRow[]): void {
      rescued = [...rescued, ...rows]
      spill.append(rows) // this process may die before they are written
      for (const { taskId } of copies.rows()) unwritten.add(taskId)
      writeLater()
    },
    /** How many of these writes are of pending feedback. */
    pending(): number {
      let count = rescued.length
      for (const taskId of unwritten) if (!copies.get(taskId)?.ending) count++
      return count
    },
    close(): void {
      while (areAny() && write());
      const rows = [...unwritten].flatMap((taskId) => copies.get(taskId) ?? [])
      if (!file.isBroken()) spill.append([...rescued, ...rows.map(stored)])
      isClosed = true
      cancelWriting?.()
    },
  }
}
