/** A C library that simulates failing disks, file systems and clocks for a process, on Linux with a C compiler. */
import { execFile, spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { compileCache } from '../setup/compile-cache.ts'

const source = `${import.meta.dirname}/faulty-libc.c`
const directory = resolve(import.meta.dirname, '../node_modules/.cache')
const library = `${directory}/faulty-libc.so`

export interface Faults {
  /** Only files whose path begins with this are affected. */
  readonly files: string
  /** A journal file that records every change and sync of a file or directory, for `power-cut.ts`. */
  readonly journal?: string
  /** How long each fsync and fdatasync takes, in ms. */
  readonly syncTakes?: number
  /** What statfs says of every file system: Linux' magic number. */
  readonly fileSystem?: number
  /** What {@link createControl} made, to set the clock and the next failure while the process runs. */
  readonly control?: Control | undefined
}

/** Why the library is not available here, or `false`. */
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

/** The environment of a process with these faults. */
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

/** The faults of a process that sets its own, for files below `root`. */
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
    /** Shifts the wall clock by this many ms. */
    setClock: (offset: number) => set(0, offset),
    /** The number of changes and syncs so far. */
    calls: () => Number(readFileSync(file).readBigInt64LE(8)),
    /** Makes the n-th change or sync from now fail, and this many after it. */
    fail(error: 'EIO' | 'ENOSPC', { nth = 1, times = 1, onlySyncs = false } = {}): void {
      set(3, Math.min(times, Number.MAX_SAFE_INTEGER), constants.errno[error], Number(onlySyncs))
      set(2, nth)
    },
  }
}

/** Runs a script and returns the JSON that it prints. Its arguments are the new directory `root` and more. */
export async function runScript<T>(script: string, root: string, ...more: readonly string[]): Promise<T> {
  return run(script, root, {}, more)
}

/** The same with these faults below `files`, which the script can change with {@link controlOf}. */
export async function runFaulty<T>(script: string, faults: Faults, ...more: readonly string[]): Promise<T> {
  const { files } = faults
  const control = createControl(controlOf(files))
  return run(script, files, faulty({ ...faults, files: `${files}/`, control }), more)
}

async function run(script: string, root: string, environment: Record<string, string>, more: readonly string[]) {
  mkdirSync(root, { recursive: true })
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script, root, ...more], {
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, ...environment },
    maxBuffer: 1 << 28,
  })
  return JSON.parse(stdout)
}
