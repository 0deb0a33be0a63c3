import { existsSync, mkdtempSync, rmdirSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import { DatabaseSync } from 'node:sqlite'
import { checkFileSystem, checkSqlite, OutboxFileError, openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { plural } from '../words.ts'
import { bad, type Finding, good, warning } from './finding.ts'

export function checkSafety(version = process.versions.sqlite ?? 'of unknown version'): Finding {
  const unfit = thrownBy(() => checkSqlite(version))
  if (unfit === undefined) return good('sqlite', `${version} can share a file safely`)
  return bad('sqlite', unfit, 'Until then, feedback waits in memory and is lost with the process.')
}

const least = 50 * 1024 * 1024

/** Checks whether the outbox file can be used in its directory. */
export function checkDisk(path: string): Finding {
  const directory = nearestDirectory(dirname(path))
  const elsewhere = 'Set REGOTCHA_OUTBOX to a file on a local disk that you can write to.'
  const refusal = thrownBy(() => rmdirSync(mkdtempSync(join(directory, '.regotcha-feedback-')))) // permissions alone do not show it
  if (refusal !== undefined) return bad('disk', `${directory} cannot be written to`, elsewhere)
  const { type, bavail, bsize } = statfsSync(directory)
  const unfit = thrownBy(() => checkFileSystem(type))
  if (unfit !== undefined) return bad('disk', `${path}: ${unfit}`, elsewhere)
  const free = bavail * bsize
  const megabytes = `${Math.floor(free / 1024 / 1024)} MB`
  if (free < least)
    return warning(
      'disk',
      `only ${megabytes} are free at ${directory}`,
      'Free some space: if the disk is full, feedback waits in memory.',
    )
  return good('disk', `${directory} is writable and safe for a write-ahead log`)
}

export function checkOutbox(path: string): Finding {
  if (!existsSync(path)) return good('outbox', `${path} does not exist yet: the first verdict creates it`)
  try {
    using file = openOutboxFile(path)
    const accounts = file.status({ now: Date.now(), pace: { perMinute: 1, burst: 1 } })
    const damage = quickCheck(path)
    if (damage !== 'ok') return damaged(path, damage)
    const pending = accounts.reduce((sum, { counts }) => sum + counts.pending, 0)
    return good('outbox', `${path} is sound, ${plural(pending, 'feedback', 'feedbacks')} pending`)
  } catch (error) {
    if (error instanceof OutboxFileError && error.reason === 'busy') {
      return warning(
        'outbox',
        error.message,
        'Find the process that has it open (`fuser`, `lsof`). It may be suspended or in a debugger.',
      )
    }
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof OutboxFileError && error.reason === 'unusable') {
      const advice = /newer version/.test(message)
        ? 'Upgrade Regotcha Feedback here to the version that created it.'
        : 'Free some space if the disk is full, or set REGOTCHA_OUTBOX to another file. Until then, feedback waits in memory.'
      return bad('outbox', message, advice)
    }
    return damaged(path, message)
  }
}

function damaged(path: string, message: string): Finding {
  const advice = `The next crawler moves it aside, saves what can be read and creates a new one. Or move ${path} yourself.`
  return bad('outbox', message, advice)
}

function quickCheck(path: string): string {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  try {
    return String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check)
  } finally {
    db.close()
  }
}

const nearestDirectory = (path: string): string =>
  existsSync(path) || dirname(path) === path ? path : nearestDirectory(dirname(path))

function thrownBy(run: () => void): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
