const { DatabaseSync } = process.getBuiltinModule('node:sqlite')

/** Creates an outbox file with the first version of its schema, and a feedback without an attempt. */
export function firstVersion(
  path: string,
  { account, taskId, decidedAt, expiresAt }: { account: string; taskId: string; decidedAt: number; expiresAt: number },
): void {
  using db = new DatabaseSync(path)
  db.exec(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE outbox (
      account TEXT NOT NULL, task_id TEXT NOT NULL, valid INTEGER NOT NULL, decided_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, due_at INTEGER DEFAULT 0, ending TEXT,
      ended_at INTEGER, PRIMARY KEY (account, task_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pending ON outbox (account, expires_at, due_at) WHERE due_at IS NOT NULL;
    CREATE INDEX ended ON outbox (ended_at) WHERE ended_at IS NOT NULL;
    CREATE TABLE gate (
      account TEXT PRIMARY KEY, full_at REAL NOT NULL DEFAULT 0, paused_from INTEGER NOT NULL DEFAULT 0,
      paused_until INTEGER NOT NULL DEFAULT 0
    ) STRICT, WITHOUT ROWID;
    INSERT INTO outbox VALUES ('${account}', '${taskId}', 1, ${decidedAt}, ${expiresAt}, 0, 0, NULL, NULL);
    PRAGMA user_version = 1`)
}
