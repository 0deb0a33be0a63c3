import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

/** Where the outbox lies unless told otherwise: the platform's place for a program's state. */
export function defaultOutboxFile(
  environment: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  return join(stateDirectory(environment, platform), 'regotcha-feedback', 'outbox.sqlite')
}

function stateDirectory({ XDG_STATE_HOME = '', LOCALAPPDATA = '' }: NodeJS.ProcessEnv, platform: NodeJS.Platform) {
  if (platform === 'darwin') return join(home(), 'Library', 'Application Support')
  if (platform === 'win32') return LOCALAPPDATA || join(home(), 'AppData', 'Local')
  // By the XDG specification a path that is not absolute does not count.
  return isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(home(), '.local', 'state')
}

/** An account without a home gets a place that cannot be written to, which the outbox knows how to live with. */
function home(): string {
  try {
    return homedir()
  } catch {
    return '/'
  }
}

/** Not by mkdirSync's own recursion, which never ends in /proc: there a directory is not found whose parent exists. */
export function makePrivateDirectory(path: string): void {
  if (existsSync(path)) return
  if (dirname(path) !== path) makePrivateDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error // another process was first
  }
}

/** Has the name of a directory, and those of all above it, survive a power cut. Not every system can, nor lets us. */
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
