import { closeSync, fdatasync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'

const sync = promisify(fdatasync)

/** From the end of a sync to the next, in ms, so that under load one does for many: by as much it may come later. */
const gap = 5
/** From a sync that failed to the next, in ms, doubling. */
const retry = { base: 1000, cap: 30_000 }

export interface GroupSyncOptions {
  /** The write-ahead log. */
  readonly path: string
  /** Runs something while nobody can write to the log; throws where another process does. */
  readonly exclusively: (run: () => void) => void
  /** Told at each sync that failed: until one succeeds, nothing since the last that did is safe from a power cut. */
  readonly failed: (error: NodeJS.ErrnoException) => void
}

/**
 * Brings what was written to a file through a power cut, off this thread: one `fdatasync` at a time, each for all that
 * was written before it began.
 *
 * After a sync that failed the kernel takes the pages for written, and a later sync would succeed without them
 * (https://wiki.postgresql.org/wiki/Fsync_Errors). So all of the log is written again, where it is, before the next: a
 * commit that comes after a hole in the log is lost with the hole.
 */
export function createGroupSync({ path, exclusively, failed }: GroupSyncOptions) {
  let file: number | undefined
  let isSyncing = false
  let isAsked = false
  let isClosed = false
  let isNamed = false
  let failures = 0
  try {
    file = openSync(path, 'r+') // at once: the last process at the file takes its log away
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

  /** Not where another process writes. */
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
    setImmediate(next) // after the crawler's own work, and once for all of it
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

/** Makes the kernel take a file's pages for unwritten, by writing into each what it holds. */
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

/** The file's name, too, must survive. Not every system lets a directory be opened or synced. */
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
