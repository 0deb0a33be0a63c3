import { lstatSync, type Stats, statSync } from 'node:fs'
import { UnfitError } from './fitness.ts'

/**
 * What lies at the outbox's place before us must be ours: in a directory that all may write, anybody can put something
 * there, to read what we decide or to have it lost.
 * @throws {UnfitError}
 */
export function checkBelongings(path: string): void {
  for (const part of ['', '-wal', '-shm', '-journal']) check(path + part, 'file')
  check(`${path}-spill`, 'directory')
}

/** Whether a file is one that only we can have written. */
export const isOurs = (path: string): boolean => objection(path, 'file') === undefined

function check(path: string, kind: 'file' | 'directory'): void {
  const what = objection(path, kind)
  if (what) throw new UnfitError(`${path} ${what}`)
}

/** What speaks against using something, in words that follow its path. Nothing speaks against what is not there. */
function objection(path: string, kind: 'file' | 'directory'): string | undefined {
  const link = lstatSync(path, { throwIfNoEntry: false })
  if (!link) return
  const found = link.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : link
  if (!isOwn(link) || (found && !isOwn(found))) return `belongs to another user (uid ${(found ?? link).uid})`
  if (!found) return 'is a symbolic link to nothing'
  if (!(kind === 'file' ? found.isFile() : found.isDirectory())) return `is not a ${kind}`
  if (process.getuid && (found.mode & 0o022) !== 0)
    return `may be written by others (mode ${(found.mode & 0o777).toString(8)}, expected ${kind === 'file' ? 600 : 700})`
}

const isOwn = ({ uid }: Stats) => uid === (process.getuid?.() ?? uid)
