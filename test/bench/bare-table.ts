/** What the machine's own INSERT costs: into a table of the outbox's key, with one index of deadlines, and nothing else. */
// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import { DatabaseSync } from 'node:sqlite'

const account = 'a3f1'.repeat(8)

export function openBareTable(path: string) {
  const db = new DatabaseSync(path)
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = 4000;
    CREATE TABLE bare (
      account TEXT, task_id TEXT, valid INTEGER, expires_at INTEGER, PRIMARY KEY (account, task_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX deadlines ON bare (account, expires_at);`)
  const insert = db.prepare('INSERT INTO bare VALUES (?, ?, ?, ?)')
  return {
    add: (taskId: string) => insert.run(account, taskId, 1, Date.now() + 80_000_000),
    transaction(run: () => void): void {
      db.exec('BEGIN IMMEDIATE')
      run()
      db.exec('COMMIT')
    },
    close: () => db.close(),
  }
}
