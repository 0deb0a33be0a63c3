import {
  type Added,
  type Claim,
  type Feedback,
  isAbsence,
  type Origin,
  type OutboxEvent,
  type Undecided,
} from '../outbox.ts'
import { createCounts } from './counts.ts'
import { look, openDatabase } from './database.ts'
import { createGroupSync } from './group-sync.ts'
import { createQueue, transaction } from './queue.ts'
import {
  columns,
  createOperations,
  type FeedbackRow,
  feedbackOf,
  isHeld,
  nextEnding,
  originColumns,
  rescueRows,
} from './rows.ts'
import type { StoredRow } from './stored-row.ts'

/** One open connection. Its methods throw SQLite's errors: the caller handles busy and broken files. */
export type SqliteFile = ReturnType<typeof openSqliteFile>

const insertInto = `
  INSERT INTO outbox (account, task_id, valid, decided_at, expires_at, attempts, due_at, site, decided_by, predicate, took`

const nowhere: Partial<Origin> = {}

function valuesOf(account: string, feedback: Feedback, attempts: number, dueAt: number | null) {
  const { taskId, valid, decidedAt, expiresAt, origin = nowhere } = feedback
  const { site = null, by = null, predicate = null, took = null } = origin
  return [account, taskId, +valid, decidedAt, expiresAt, attempts, dueAt, site, by, predicate, took] as const
}

/**
 * @param account - the fingerprint of the API key. This connection claims only its feedback.
 * @param history - how long completed feedback is kept, in ms.
 * @param syncFailed - called on each failed sync.
 */
export function openSqliteFile(
  path: string,
  account: string,
  history: number,
  syncFailed: (error: Error) => void = () => {},
) {
  const db = openDatabase(path)
  const parts = [path, `${path}-wal`, `${path}-shm`] as const
  const identities = () => parts.map((part) => look(part).identity).join()
  const opened = { identities: identities(), size: look(path).size }
  const sync = createGroupSync({
    path: `${path}-wal`,
    exclusively: (run) => transaction(db, run),
    failed: syncFailed,
  })
  const queue = createQueue(db, account)

  const insert = db.prepare(`
    ${insertInto}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET valid = excluded.valid, decided_at = excluded.decided_at,
      expires_at = excluded.expires_at, attempts = excluded.attempts, due_at = excluded.due_at, ending = NULL, ended_at = NULL,
      site = excluded.site, decided_by = excluded.decided_by, predicate = excluded.predicate, took = excluded.took
    WHERE (outbox.ended_at IS NOT NULL AND outbox.expires_at <= excluded.decided_at)
      OR (outbox.ended_at IS NULL AND outbox.due_at IS NULL AND excluded.due_at IS NOT NULL)`)
  const upsert = db.prepare(`
    ${insertInto}, ending, ended_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?12, iif(?12 IS NULL, NULL, ${nextEnding('?13')}))
    ON CONFLICT DO UPDATE SET valid = iif(outbox.due_at IS NULL, excluded.valid, outbox.valid),
      attempts = excluded.attempts, due_at = excluded.due_at, ending = excluded.ending, ended_at = excluded.ended_at
    WHERE outbox.ended_at IS NULL AND (excluded.ended_at IS NOT NULL OR excluded.attempts > outbox.attempts
      OR (outbox.due_at IS NULL AND excluded.due_at IS NOT NULL))`)
  const one = db.prepare(`SELECT valid, ending, ${isHeld} AS isHeld FROM outbox WHERE account = ? AND task_id = ?`)
  const endings = db.prepare(`
    SELECT task_id AS taskId, ending, ended_at AS endedAt FROM outbox INDEXED BY ended
    WHERE ended_at > ? AND +account = ? ORDER BY ended_at LIMIT 500`)
  const lastEnding = db.prepare('SELECT max(ended_at) AS endedAt FROM outbox WHERE ended_at IS NOT NULL')
  const allHeld = db.prepare(`
    SELECT ${columns}, ${originColumns} FROM outbox WHERE account = ? AND ${isHeld}
    ORDER BY expires_at`)
  const operations = createOperations(db)
  const unholdExpired = db.prepare(`UPDATE outbox SET due_at = 0 WHERE account = ? AND expires_at <= ? AND ${isHeld}`)
  const latest = db.prepare(`
    SELECT decided_by AS "by", predicate FROM outbox INDEXED BY of_site WHERE account = ? AND site = ?
    ORDER BY decided_at DESC LIMIT ?`)
  const insertUndecided = db.prepare(`
    INSERT INTO undecided (account, task_id, decided_at, site, reason, took, hint, trail)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  const deleteOld = db.prepare(`
    DELETE FROM outbox WHERE (account, task_id) IN (
      SELECT account, task_id FROM outbox INDEXED BY ended WHERE ended_at <= ? LIMIT 200)`)
  const deleteOldUndecided = db.prepare(`
    DELETE FROM undecided WHERE rowid IN (SELECT rowid FROM undecided WHERE decided_at <= ? LIMIT 200)`)

  function find(taskId: string): (Added & { kind: 'known' }) | undefined {
    const row = one.get(account, taskId) as { valid: number; ending: string | null; isHeld: number } | undefined
    if (!row) return
    const ending = row.ending === null ? undefined : JSON.parse(row.ending)
    return { kind: 'known', valid: row.valid === 1, ending, isHeld: row.isHeld === 1 }
  }

  function begin(feedback: Feedback, attempts: number, dueAt: number | null): Added {
    const { changes } = insert.run(...valuesOf(account, feedback, attempts, dueAt))
    if (changes > 0) sync.request()
    return (changes === 0 && find(feedback.taskId)) || { kind: 'added' }
  }

  /** `begin` and a claim in one transaction instead of two. */
  function addClaimed(feedback: Feedback, claim: Claim): Added {
    let added: Added = { kind: 'added' }
    queue.handOut((dueAt) => {
      added = begin(feedback, dueAt === undefined ? 0 : 1, dueAt ?? 0)
      const isClaimed = dueAt !== undefined && added.kind === 'added'
      if (isClaimed) added = { kind: 'added', claimed: { ...feedback, attempts: 1 } }
      return isClaimed
    }, claim)
    return added
  }

  /**
   * Writes a row that is missing, or newer than the stored one. The first `valid` and the first ending stand. Returns
   * whether it wrote.
   */
  function merge({ ending, ...row }: StoredRow, now: number): boolean {
    const values = valuesOf(row.account, row, row.attempts, ending ? null : row.dueAt)
    const { changes } = upsert.run(...values, ending ? JSON.stringify(ending) : null, now)
    if (changes > 0 && !ending) sync.request()
    return changes > 0
  }

  return {
    ...queue,
    transaction: <T>(run: () => T): T => transaction(db, run),
    find,
    merge,
    add: (feedback: Feedback, claim?: Claim) =>
      claim ? transaction(db, () => addClaimed(feedback, claim)) : begin(feedback, 0, 0),
    hold: (feedback: Feedback) => begin(feedback, 0, null),
    held: (): readonly Feedback[] => (allHeld.all(account) as unknown as FeedbackRow[]).map(feedbackOf),
    release: (taskId: string, _now: number) => operations.release(account, taskId),
    drop: (taskId: string, now: number) => operations.drop(account, taskId, now),
    absencesInARow(site: string, limit: number): number {
      const rows = latest.all(account, site, limit) as unknown as Origin[]
      const other = rows.findIndex((row) => !isAbsence(row))
      return other < 0 ? rows.length : other
    },
    note({ taskId, decidedAt, origin: { site, by, took }, hint, trail }: Undecided) {
      const lines = trail === undefined ? null : JSON.stringify(trail)
      insertUndecided.run(account, taskId, decidedAt, site ?? null, by, took, hint ?? null, lines)
      return true
    },
    counts: createCounts(db, account),
    /** What ended after the mark, in order, and the next mark. */
    endedAfter(mark: number) {
      const rows = endings.all(mark, account) as unknown as { taskId: string; ending: string; endedAt: number }[]
      const events = rows.map(
        ({ taskId, ending }): OutboxEvent => ({ kind: 'ended', taskId, ending: JSON.parse(ending) }),
      )
      return { events, mark: rows.at(-1)?.endedAt ?? mark, isAll: rows.length < 500 }
    },
    lastEndedAt: () => Number(lastEnding.get()?.endedAt ?? 0),
    /**
     * Deletes a batch of rows that are older than the history, and makes expired held feedback pending, so that it is
     * ended.
     */
    prune(now: number) {
      deleteOld.run(now - history)
      deleteOldUndecided.run(now - history)
      unholdExpired.run(account, now)
    },
    /** What happened to the file since it was opened. A file in use never shrinks. */
    status(): 'whole' | 'moved' | 'damaged' {
      if (identities() !== opened.identities) return 'moved'
      return look(path).size < opened.size ? 'damaged' : 'whole'
    },
    rescue: () => rescueRows(db),
    close() {
      sync.close()
      db.close()
    },
  }
}
