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
  return bad('sqlite', unfit, 'Until then feedback waits in memory, and is lost with its process.')
}

const least = 50 * 1024 * 1024

/** Whether the outbox file can lie where it shall lie. */
export function checkDisk(path: string): Finding {
  const directory = nearestDirectory(dirname(path))
  const elsewhere = 'Let REGOTCHA_OUTBOX name a file on a local disk that you may write to.'
  const refusal = thrownBy(() => rmdirSync(mkdtempSync(join(directory, '.regotcha-feedback-')))) // rights alone do not tell
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
      'Make room: a full disk keeps feedback in memory.',
    )
  return good('disk', `${directory} is writable and safe for a write-ahead log`)
}

export function checkOutbox(path: string): Finding {
  if (!existsSync(path)) return good('outbox', `${path} is not there yet: it is made with the first verdict`)
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
        'See which process has it open (`fuser`, `lsof`); it may be stopped or debugged.',
      )
    }
    const message = error instanceof Error ? error.message : String(error)
    if (error instanceof OutboxFileError && error.reason === 'unusable') {
      const advice = /newer version/.test(message)
        ? 'Upgrade Regotcha Feedback here to the version that made it.'
        : 'Make room if the disk is full, else let REGOTCHA_OUTBOX name another file. Meanwhile feedback waits in memory.'
      return bad('outbox', message, advice)
    }
    return damaged(path, message)
  }
}

function damaged(path: string, message: string): Finding {
  const advice = `The next crawler moves it aside, saves what can be read and begins a new one; or move ${path} yourself.`
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
