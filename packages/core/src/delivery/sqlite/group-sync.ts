import { close, closeSync, fdatasync, fstatSync, fsync, open, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

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

  function next(): void {
    if (isAsked && !(failures > 0 && isClosed)) {
      sync()
      return
    }
    isSyncing = false
    if (!isClosed || file === undefined) return
    closeSync(file)
    file = undefined
  }

  function sync(): void {
    let log: number
    try {
      log = file ??= openSync(path, 'r+')
    } catch (error) {
      done(error as NodeJS.ErrnoException)
      return
    }
    try {
      if (failures > 0) exclusively(() => rewrite(log))
    } catch {
      ended(failures) // another process writes
      return
    }
    isAsked = false
    if (isNamed) fdatasync(log, done)
    else
      syncDirectory(dirname(path), (error) => {
        if (error) {
          done(error)
          return
        }
        isNamed = true
        fdatasync(log, done)
      })
  }

  function done(error: NodeJS.ErrnoException | null): void {
    if (error) {
      isAsked = true
      failed(error)
    }
    ended(error ? failures + 1 : 0)
  }

  function ended(failuresNow: number): void {
    failures = failuresNow
    const wait = failures > 0 ? Math.min(retry.cap, retry.base * 2 ** (failures - 1)) : gap
    const timer = setTimeout(next, wait)
    if (failures > 0) timer.unref()
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
function syncDirectory(path: string, done: (error: NodeJS.ErrnoException | null) => void): void {
  open(path, 'r', (unopened, directory) => {
    if (unopened) {
      done(null)
      return
    }
    fsync(directory, (error) => {
      close(directory, () => {})
      done(error?.code === 'EIO' || error?.code === 'ENOSPC' ? error : null)
    })
  })
}
