import { closeSync, fdatasync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const sync = promisify(fdatasync)

/**
 * The interval from the end of a sync to the next, in ms. Under load, one sync covers many writes, which wait up to
 * this long.
 */
const gap = 5
/** The interval from a failed sync to the next, in ms, doubling. */
const retry = { base: 1000, cap: 30_000 }

export interface GroupSyncOptions {
  /** The write-ahead log. */
  readonly path: string
  /** Runs something while nobody can write to the log; throws if another process is writing. */
  readonly exclusively: (run: () => void) => void
  /** Called on each failed sync. Until one succeeds, writes since the last success are not safe from a power cut. */
  readonly failed: (error: NodeJS.ErrnoException) => void
}

/**
 * Makes writes to a file survive a power cut, off this thread: one `fdatasync` at a time, each for all writes before it
 * began.
 *
 * After a failed sync, the kernel treats the pages as written, and a later sync would succeed without them
 * (https://wiki.postgresql.org/wiki/Fsync_Errors). So the whole log is written again in place before the next sync. A
 * commit after a hole in the log would be lost with the hole.
 */
export function createGroupSync({ path, exclusively, failed }: GroupSyncOptions) {
  let file: number | undefined
  let isSyncing = false
  let isAsked = false
  let isClosed = false
  let isNamed = false
  let failures = 0
  try {
    file = openSync(path, 'r+') // opened now, because the last process to close the file deletes its log
  } catch {}

  async function next(): Promise<void> {
    if (!isAsked || (failures > 0 && isClosed)) {
      isSyncing = false
      if (isClosed && file !== undefined) closeSync(file)
      if (isClosed) file = undefined
      return
    }
    try {
      file ??= openSync(path, 'r+')
      if (failures === 0 || isRewritten(file)) {
        isAsked = false
        if (!isNamed) await syncDirectory(dirname(path))
        isNamed = true
        await sync(file)
        failures = 0
      }
    } catch (error) {
      isAsked = true
      failures++
      failed(error as NodeJS.ErrnoException)
    }
    const timer = setTimeout(next, failures > 0 ? Math.min(retry.cap, retry.base * 2 ** (failures - 1)) : gap)
    if (failures > 0) timer.unref()
  }

  /** Not while another process writes. */
  function isRewritten(log: number): boolean {
    try {
      exclusively(() => rewrite(log))
      return true
    } catch {
      return false
    }
  }

  function start(): void {
    if (isSyncing) return
    isSyncing = true
    setImmediate(next) // deferred, so that one sync covers all of the crawler's current work
  }

  return {
    request(): void {
      isAsked = true
      start()
    },
    close(): void {
      isClosed = true
      start()
    },
  }
}

/** Marks a file's pages as dirty by writing each page's own content back to it. */
function rewrite(file: number): void {
  const bytes = Buffer.alloc(1 << 20)
  const { size } = fstatSync(file)
  for (let at = 0; at < size; ) {
    const length = readSync(file, bytes, 0, bytes.length, at)
    if (length === 0) return
    writeSync(file, bytes, 0, length, at)
    at += length
  }
}

/** Syncs the directory, so that the file's name survives, too. Not every system can open or sync a directory. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => undefined)
  try {
    await directory?.sync()
  } catch (error) {
    if (['EIO', 'ENOSPC'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  } finally {
    void directory?.close().catch(() => {})
  }
}
