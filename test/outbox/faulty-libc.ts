/** A C library that fails a process as disks, file systems and clocks do, on Linux with a C compiler. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

const source = `${import.meta.dirname}/faulty-libc.c`
const directory = resolve(import.meta.dirname, '../node_modules/.cache')
const library = `${directory}/faulty-libc.so`

export interface Faults {
  /** The path that the others' files begin with. */
  readonly files: string
  /** A file in which every write, truncation, sync, creation and removal is noted, as `power-cut.ts` reads it. */
  readonly journal?: string
  /** How long each fsync and fdatasync takes, in ms. */
  readonly syncTakes?: number
  /** What statfs says of every file system: Linux' magic number. */
  readonly fileSystem?: number
  /** A file that {@link setClock} writes. */
  readonly clock?: string
}

/** Why there is no such library here, or `false`. */
export const noFaultyLibc = compile()

function compile(): string | false {
  if (process.platform !== 'linux') return 'they need LD_PRELOAD, as Linux has it'
  mkdirSync(directory, { recursive: true })
  const own = `${library}.${process.pid}`
  const { error, status, stderr } = spawnSync('cc', ['-shared', '-fPIC', '-O2', '-o', own, source, '-ldl'])
  if (error) return `they need a C compiler: ${error.message}`
  if (status !== 0) throw new Error(String(stderr))
  renameSync(own, library) // whoever else compiles it meanwhile
  return false
}

/** The environment of a process that meets these faults. */
export function faulty({ files, journal, syncTakes, fileSystem, clock }: Faults): Record<string, string> {
  if (journal) writeFileSync(journal, '')
  return {
    LD_PRELOAD: library,
    FAULTY_FILES: files,
    ...(journal && { FAULTY_JOURNAL: journal }),
    ...(syncTakes && { FAULTY_SYNC_MS: String(syncTakes) }),
    ...(fileSystem && { FAULTY_FILE_SYSTEM: String(fileSystem) }),
    ...(clock && { FAULTY_CLOCK: clock }),
  }
}

/** Sets the wall clock of the processes that have this file as their `clock` so many ms off, also while they run. */
export function setClock(file: string, offset: number): void {
  writeFileSync(file, new BigInt64Array([BigInt(offset)]), { flag: 'r+' })
}
