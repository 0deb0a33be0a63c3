/** A C library that fails a process as disks, file systems and clocks do, on Linux with a C compiler. */
import { execFile, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { promisify } from 'node:util'

const source = `${import.meta.dirname}/faulty-libc.c`
const directory = resolve(import.meta.dirname, '../node_modules/.cache')
const library = `${directory}/faulty-libc.so`

export interface Faults {
  /** The path that the others' files begin with. */
  readonly files: string
  /** A file in which every change and sync of a file or directory is noted, as `power-cut.ts` reads it. */
  readonly journal?: string
  /** How long each fsync and fdatasync takes, in ms. */
  readonly syncTakes?: number
  /** What statfs says of every file system: Linux' magic number. */
  readonly fileSystem?: number
  /** What {@link createControl} made, to set the clock and the next failure while the process runs. */
  readonly control?: Control | undefined
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
export function faulty({ files, journal, syncTakes, fileSystem, control }: Faults): Record<string, string> {
  if (journal) writeFileSync(journal, '')
  return {
    LD_PRELOAD: library,
    FAULTY_FILES: files,
    ...(journal && { FAULTY_JOURNAL: journal }),
    ...(syncTakes && { FAULTY_SYNC_MS: String(syncTakes) }),
    ...(fileSystem && { FAULTY_FILE_SYSTEM: String(fileSystem) }),
    ...(control && { FAULTY_CONTROL: control.file }),
  }
}

/** Where a process that sets its own faults has them, for files below `root`. */
export const controlOf = (root: string) => `${root}-control`

export type Control = ReturnType<typeof createControl>

/** @param file - shared with the processes that have it in their faults. */
export function createControl(file: string) {
  writeFileSync(file, Buffer.alloc(48))

  function set(place: number, ...values: number[]): void {
    const handle = openSync(file, 'r+')
    writeSync(handle, new BigInt64Array(values.map(BigInt)), 0, 8 * values.length, 8 * place)
    closeSync(handle)
  }

  return {
    file,
    /** Sets the wall clock so many ms off. */
    setClock: (offset: number) => set(0, offset),
    /** How many changes and syncs there were so far. */
    calls: () => Number(readFileSync(file).readBigInt64LE(8)),
    /** The n-th change or sync from now fails, and so many after it. */
    fail(error: 'EIO' | 'ENOSPC', { nth = 1, times = 1, onlySyncs = false } = {}): void {
      set(3, Math.min(times, Number.MAX_SAFE_INTEGER), constants.errno[error], Number(onlySyncs))
      set(2, nth)
    },
  }
}

/** What a script prints as JSON; it gets the directory `root`, which is made, and more as arguments. */
export async function runScript<T>(script: string, root: string, ...more: readonly string[]): Promise<T> {
  return run(script, root, {}, more)
}

/** The same of one that meets these faults below `files`, which it may set itself by {@link controlOf}. */
export async function runFaulty<T>(script: string, faults: Faults, ...more: readonly string[]): Promise<T> {
  const { files } = faults
  const control = createControl(controlOf(files))
  return run(script, files, faulty({ ...faults, files: `${files}/`, control }), more)
}

async function run(script: string, root: string, environment: Record<string, string>, more: readonly string[]) {
  mkdirSync(root, { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script, root, ...more], {
    env: { ...process.env, ...environment },
    maxBuffer: 1 << 28,
  })
  return JSON.parse(stdout)
}
