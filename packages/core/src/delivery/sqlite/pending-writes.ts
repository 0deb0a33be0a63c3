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
  /** What this process decided, until it has ended. */
  readonly copies: MemoryOutbox
  readonly clock: Clock
  readonly tell: (event: OutboxEvent) => void
}

/** As many rows as are written in one go on the crawler's thread. */
const batch = 200
/** As many undecided verdicts as wait for a file that cannot be used. */
const mostUntold = 1000
/** How soon to look again at one whose lock another process holds. */
export const soon = () => Math.ceil(5 + Math.random() * 20)

/** What the outbox file still lacks, because it was locked, broken or lost: written as soon as it can be. */
export function createPendingWrites({ path, account, file, copies, clock, tell }: PendingWritesOptions) {
  /** The tasks whose row in the file is missing or behind its copy. */
  const unwritten = new Set<string>()
  let rescued: StoredRow[] = []
  /** What the history still lacks: not worth a place on the disk of its own. */
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

  /** Brings the next batch into the file; returns whether that could be written. */
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

  /** Our decision may have come too late: another process's, that was written meanwhile, stands. */
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
    /** Keeps a new decision where it survives the death of this process, too, unless the disk itself fails. */
    spill(row: Row): void {
      if (!file.isBroken()) spill.append([stored(row)])
      keep(row)
    },
    /** Takes over what other processes could not write before they died. */
    sweep: spill.sweep,
    note(undecided: Undecided): void {
      if (untold.push(undecided) > mostUntold) untold.shift()
      writeLater()
    },
    /** The file's content may be no more, but for these rows that could be read. */
    lost(rows: readonly StoredRow[]): void {
      rescued = [...rescued, ...rows]
      spill.append(rows) // we may die before they are written
      for (const { taskId } of copies.rows()) unwritten.add(taskId)
      writeLater()
    },
    /** How many of them are pending. */
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
