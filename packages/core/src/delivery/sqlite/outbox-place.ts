import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** The default path of the outbox: in the platform's state directory. */
export function defaultOutboxFile(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(stateDirectory(environment, platform), 'regotcha-feedback', 'outbox.sqlite')
}

function stateDirectory({ XDG_STATE_HOME = '', LOCALAPPDATA = '' }: NodeJS.ProcessEnv, platform: NodeJS.Platform) {
  if (platform === 'darwin') return join(home(), 'Library', 'Application Support')
  if (platform === 'win32') return LOCALAPPDATA || join(home(), 'AppData', 'Local')
  // The XDG specification says to ignore relative paths.
  return isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(home(), '.local', 'state')
}

/** A user without a home directory gets a path that can't be written to, and the outbox falls back to memory. */
function home(): string {
  try {
    return homedir()
  } catch {
    return '/'
  }
}

/**
 * Does not use mkdirSync's `recursive`, which never ends in /proc, where creating a directory fails with ENOENT
 * although its parent exists.
 */
export function makePrivateDirectory(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makePrivateDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was faster
  }
}

/**
 * Syncs the directories above a path, so that their names survive a power cut. Not every system supports or permits
 * it.
 */
export function syncDirectoriesAbove(path: string): void {
  const parent = dirname(path)
  if (parent === path) return
  try {
    const directory = openSync(parent, 'r')
    try {
      fsyncSync(directory)
    } finally {
      closeSync(directory)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EIO') throw error
  }
  syncDirectoriesAbove(parent)
}
