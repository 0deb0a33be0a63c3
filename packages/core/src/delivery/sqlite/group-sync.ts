import { close, closeSync, fdatasync, fsync, open, openSync } from 'node:fs'
import { dirname } from 'node:path'

/** From the end of a sync to the next, in ms, so that under load one does for many: by as much it may come later. */
const gap = 5

/**
 * Brings what was written to a file through a power cut, off this thread: one `fdatasync` at a time, each for all that
 * was written before it began. Where it fails, the file is as safe as without.
 */
export function createGroupSync(path: string) {
  let file: number | undefined
  let isSyncing = false
  let isAsked = false
  let isClosed = false
  try {
    file = openSync(path, 'r+')
  } catch {}
  syncDirectory(dirname(path))

  function next(): void {
    if (file === undefined) return
    if (isAsked) {
      isAsked = false
      fdatasync(file, () => setTimeout(next, gap))
      return
    }
    isSyncing = false
    if (!isClosed) return
    closeSync(file)
    file = undefined
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

/** The file's name, too, must survive. Not every system lets a directory be opened. */
function syncDirectory(path: string): void {
  open(path, 'r', (error, directory) => {
    if (!error) fsync(directory, () => close(directory, () => {}))
  })
}
