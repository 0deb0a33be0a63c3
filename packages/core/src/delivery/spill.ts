import { randomUUID } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { type StoredRow, storedRow } from './stored-row.ts'

/** Longer than any moment between a process's append and the end of its life. */
const leftAlone = 10_000

/**
 * Where feedback survives the death of its process while another process holds the outbox's write lock: a file for each
 * process in a directory next to the outbox, one row a line.
 */
export function createSpill(outboxFile: string) {
  const directory = `${outboxFile}-spill`
  const own = `${directory}/${randomUUID()}.jsonl`
  let isEmpty = true

  return {
    append(row: StoredRow): void {
      try {
        if (!existsSync(directory)) mkdirSync(directory, { mode: 0o700 })
        appendFileSync(own, `${JSON.stringify(row)}\n`, { mode: 0o600 })
        isEmpty = false
      } catch {}
    },
    /** All of it is in the outbox now. */
    clear(): void {
      if (isEmpty) return
      rmSync(own, { force: true })
      isEmpty = true
    },
    /** Hands over what other processes could not write yet, and forgets it where its process will not do so itself. */
    sweep(now: number, take: (rows: readonly StoredRow[]) => void): void {
      for (const path of others()) {
        const { mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? {}
        if (mtimeMs === undefined) continue // written and cleared meanwhile
        take(readRows(path))
        if (now - mtimeMs > leftAlone) rmSync(path, { force: true })
      }
    },
  }

  function others(): string[] {
    if (!existsSync(directory)) return []
    return readdirSync(directory)
      .map((name) => `${directory}/${name}`)
      .filter((path) => path !== own)
  }
}

/** A line that its process did not live to end is no row. */
function readRows(path: string): StoredRow[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return storedRow.parse(JSON.parse(line))
      } catch {
        return []
      }
    })
}
