import { lstatSync, type Stats, statSync } from 'node:fs'
import { UnfitError } from './fitness.ts'

/**
 * Checks that existing files at the outbox's path belong to us. In a directory that all users can write to, another user
 * could place a file there to read feedback or to make it disappear.
 * @throws {UnfitError}
 */
export function checkBelongings(path: string): void {
  for (const part of ['', '-wal', '-shm', '-journal']) check(path + part, 'file')
  check(`${path}-spill`, 'directory')
}

/** Whether only our user can have written a file. */
export const isOurs = (path: string): boolean => objection(path, 'file') === undefined

function check(path: string, kind: 'file' | 'directory'): void {
  const what = objection(path, kind)
  if (what) throw new UnfitError(`${path} ${what}`)
}

/** Why a path must not be used, as words that follow the path. A path that does not exist may be used. */
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
