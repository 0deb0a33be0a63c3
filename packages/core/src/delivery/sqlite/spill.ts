import { randomUUID } from 'node:crypto'
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { isOurs } from './belongings.ts'
import { makePrivateDirectory } from './outbox-place.ts'
import { type StoredRow, storedRow } from './stored-row.ts'

/** Longer than a process can live after it appended. */
const leftAlone = 10_000

/**
 * Spill files: feedback survives its process there while another process holds the outbox's write lock. Each process has
 * a file in a directory next to the outbox, with one row per line.
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
    /** Clears the spill file, because all of its rows are in the outbox now. */
    clear(): void {
      if (isEmpty) return
      attempt(() => rmSync(own))
      isEmpty = true
    },
    /** Returns the rows that other processes have not written yet, and deletes the files of processes that are gone. */
    sweep(now: number, take: (rows: readonly StoredRow[]) => void): void {
      for (const path of others()) {
        if (!isOurs(path)) continue // a FIFO would block, and another user's rows must not be sent
        const written = lastWritten(path)
        const text = attempt(() => readFileSync(path, 'utf8'))
        if (text === undefined) continue // cleared meanwhile, or not readable
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

/** In ms; never, if the file is gone. */
const lastWritten = (path: string) => attempt(() => statSync(path).mtimeMs) ?? Number.POSITIVE_INFINITY

/** An incomplete line, whose process died while writing it, is not a row. */
function rowsOf(text: string): StoredRow[] {
  return text.split('\n').flatMap((line) => attempt(() => storedRow.parse(JSON.parse(line))) ?? [])
}

/** Returns the result of `run`, or `undefined` if it throws, because other processes delete their files at any time. */
function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
