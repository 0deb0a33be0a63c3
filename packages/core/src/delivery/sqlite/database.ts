import { closeSync, openSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import { checkBelongings } from './belongings.ts'
import { checkFileSystem, checkSqlite, UnfitError } from './fitness.ts'
import { makePrivateDirectory, syncDirectoriesAbove } from './outbox-place.ts'

/** The migrations: each makes a version of the schema from the one before. */
const migrations = [
  `
  CREATE TABLE outbox (
    account TEXT NOT NULL,
    task_id TEXT NOT NULL,
    valid INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER DEFAULT 0, -- NULL once ended
    ending TEXT,
    ended_at INTEGER, -- by the clock, but always growing
    PRIMARY KEY (account, task_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX pending ON outbox (account, expires_at, due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;
  CREATE TABLE gate (
    account TEXT PRIMARY KEY,
    full_at REAL NOT NULL DEFAULT 0,
    paused_from INTEGER NOT NULL DEFAULT 0,
    paused_until INTEGER NOT NULL DEFAULT 0
  ) STRICT, WITHOUT ROWID;`,
  // A row with neither due_at nor ended_at is held.
  `
  ALTER TABLE outbox ADD COLUMN site TEXT;
  ALTER TABLE outbox ADD COLUMN decided_by TEXT; -- NULL where the user reported it
  ALTER TABLE outbox ADD COLUMN predicate TEXT;
  ALTER TABLE outbox ADD COLUMN took INTEGER;
  CREATE INDEX held ON outbox (account, expires_at) WHERE due_at IS NULL AND ended_at IS NULL;
  CREATE INDEX of_site ON outbox (account, site, decided_at, decided_by) WHERE site IS NOT NULL;
  CREATE TABLE undecided (
    account TEXT NOT NULL,
    task_id TEXT NOT NULL,
    decided_at INTEGER NOT NULL,
    site TEXT,
    reason TEXT NOT NULL,
    took INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX undecided_at ON undecided (decided_at);`,
  // Pending feedback, with and without attempts, so that a claim finds what is due without reading a long backlog.
  `
  DROP INDEX pending;
  CREATE INDEX fresh ON outbox (account, expires_at) WHERE due_at = 0;
  CREATE INDEX tried ON outbox (account, due_at, expires_at) WHERE due_at <> 0;`,
  `
  ALTER TABLE undecided ADD COLUMN hint TEXT;
  ALTER TABLE undecided ADD COLUMN trail TEXT; -- a JSON array of lines`,
  // A site's verdicts are counted by these indices alone.
  `
  DROP INDEX of_site;
  CREATE INDEX of_site ON outbox (account, site, decided_at, decided_by, valid) WHERE site IS NOT NULL;
  CREATE INDEX dropped ON outbox (account, site, decided_at, valid) WHERE ending = '{"kind":"dropped"}';`,
]
const schemaVersion = migrations.length

/**
 * Opens the outbox file, private to the user, and creates what is missing.
 * @throws {UnfitError} if SQLite could not keep it safe. Errors of the file system and of SQLite are thrown as they are.
 */
export function openDatabase(path: string): DatabaseSync {
  makePrivateDirectory(dirname(path))
  checkFileSystem(statfsSync(dirname(path)).type)
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite') ?? {}
  if (!DatabaseSync) throw new UnfitError('this runtime has no node:sqlite')
  checkSqlite(process.versions.sqlite ?? '')
  checkBelongings(path)
  createPrivately(path)
  const db = new DatabaseSync(path, { timeout: 0 }) // never waits for a lock, which would block the crawler
  try {
    prepareSchema(db, path)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/**
 * Only if the file does not exist: closing a file that SQLite has open in this process would release SQLite's locks on
 * it.
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

function prepareSchema(db: DatabaseSync, path: string): void {
  const version = () => Number(db.prepare('PRAGMA user_version').get()?.user_version)
  if (version() > schemaVersion) throw new UnfitError('a newer version of this library made it')
  const isEmpty = () => !db.prepare('SELECT 1 FROM sqlite_schema').get()
  if (!isEmpty() && version() === 0) throw new UnfitError('it is the database of another program')
  db.exec('PRAGMA journal_mode = WAL')
  const mode = db.prepare('PRAGMA journal_mode').get()?.journal_mode // the answer to setting it may be wrong
  if (mode !== 'wal') throw new UnfitError('it cannot have a write-ahead log')
  db.exec('PRAGMA synchronous = NORMAL')
  db.exec('PRAGMA wal_autocheckpoint = 4000') // a checkpoint blocks the crawler's thread on the disk, so only every 16 MB
  if (version() === schemaVersion) return
  syncDirectoriesAbove(path) // before any process uses the file: we, or a process that died, may have created the directories
  db.exec('BEGIN IMMEDIATE')
  for (const migration of migrations.slice(version())) db.exec(migration)
  db.exec(`PRAGMA user_version = ${Math.max(version(), schemaVersion)}`) // a process with a newer version may have been faster
  db.exec('COMMIT')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)') // makes the files and their directory entries survive a power cut
}

/** A file's identity, which tells it from another of the same name, and its size; both empty if there is none. */
export function look(path: string): { readonly identity: string; readonly size: bigint } {
  const { dev, ino, size = 0n } = statSync(path, { bigint: true, throwIfNoEntry: false }) ?? {}
  return { identity: `${dev} ${ino}`, size }
}

/** Classifies an error of SQLite or the file system: `busy` is temporary, `damaged` means the file's content. */
export function troubleOf(error: unknown): 'busy' | 'damaged' | 'unusable' {
  const code = Number((error as { errcode?: number }).errcode) & 0xff
  if ([5, 6, 15].includes(code)) return 'busy' // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL
  return [11, 26].includes(code) ? 'damaged' : 'unusable' // SQLITE_CORRUPT, SQLITE_NOTADB
}
