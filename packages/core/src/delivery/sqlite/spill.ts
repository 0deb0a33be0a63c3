import { randomUUID } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { isOurs } from './belongings.ts'
import { makePrivateDirectory } from './outbox-place.ts'
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
    append(rows: readonly StoredRow[]): void {
      if (rows.length === 0) return
      attempt(() => {
        makePrivateDirectory(directory)
        appendFileSync(own, rows.map((row) => `${JSON.stringify(row)}\n`).join(''), { mode: 0o600 })
        isEmpty = false
      })
    },
    /** All of it is in the outbox now. */
    clear(): void {
      if (isEmpty) return
      attempt(() => rmSync(own))
      isEmpty = true
    },
    /** Hands over what other processes could not write yet, and forgets it where its process will not do so itself. */
    sweep(now: number, take: (rows: readonly StoredRow[]) => void): void {
      for (const path of others()) {
        if (!isOurs(path)) continue // a FIFO would never end, and what another user wrote is not ours to send
        const written = lastWritten(path)
        const text = attempt(() => readFileSync(path, 'utf8'))
        if (text === undefined) continue // cleared meanwhile, or not ours to read
        take(rowsOf(text))
        if (now - written > leftAlone && lastWritten(path) === written) attempt(() => rmSync(path))
      }
    },
  }

  function others(): string[] {
    const names = attempt(() => readdirSync(directory)) ?? []
    return names.map((name) => `${directory}/${name}`).filter((path) => path !== own)
  }
}

/** In ms; for a file that is gone, never. */
const lastWritten = (path: string) => attempt(() => statSync(path).mtimeMs) ?? Number.POSITIVE_INFINITY

/** A line that its process did not live to end is no row. */
function rowsOf(text: string): StoredRow[] {
  return text.split('\n').flatMap((line) => attempt(() => storedRow.parse(JSON.parse(line))) ?? [])
}

/** What `run` returns, unless it throws: the files of other processes come and go. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
