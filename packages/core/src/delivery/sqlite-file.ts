import { createGroupSync } from './group-sync.ts'
import {
  type Added,
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  type Feedback,
  longestWait,
  type News,
  type Undecided,
} from './outbox.ts'
import { allowance, type Pace, spend } from './pace.ts'
import { look, openDatabase } from './sqlite-database.ts'
import {
  columns,
  isHeld,
  nextEnding,
  type OriginRow,
  originColumns,
  originOf,
  originValues,
  rescueRows,
} from './sqlite-rows.ts'
import type { StoredRow } from './stored-row.ts'

/** One open connection. Its methods throw what SQLite throws: busy and broken files are their caller's business. */
export type SqliteFile = ReturnType<typeof openSqliteFile>

/**
 * @param account - the fingerprint of the API key, for which alone this connection claims.
 * @param history - how many ms what has ended is kept.
 */
export function openSqliteFile(path: string, account: string, history: number) {
  const db = openDatabase(path)
  const [main, wal] = [look(path), look(`${path}-wal`)]
  const sync = createGroupSync(`${path}-wal`)

  const pending = 'outbox INDEXED BY pending WHERE account = ?1 AND due_at IS NOT NULL'
  const insert = db.prepare(`
    INSERT INTO outbox (account, task_id, valid, decided_at, expires_at, due_at, site, decided_by, predicate, took)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET valid = excluded.valid, decided_at = excluded.decided_at,
      expires_at = excluded.expires_at, attempts = 0, due_at = excluded.due_at, ending = NULL, ended_at = NULL,
      site = excluded.site, decided_by = excluded.decided_by, predicate = excluded.predicate, took = excluded.took
    WHERE (outbox.ended_at IS NOT NULL AND outbox.expires_at <= excluded.decided_at)
      OR (outbox.ended_at IS NULL AND outbox.due_at IS NULL AND excluded.due_at IS NOT NULL)`)
  const upsert = db.prepare(`
    INSERT INTO outbox (account, task_id, valid, decided_at, expires_at, attempts, due_at, ending, ended_at,
      site, decided_by, predicate, took)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, iif(?8 IS NULL, NULL, ${nextEnding('?9')}), ?10, ?11, ?12, ?13)
    ON CONFLICT DO UPDATE SET valid = iif(outbox.due_at IS NULL, excluded.valid, outbox.valid),
      attempts = excluded.attempts, due_at = excluded.due_at, ending = excluded.ending, ended_at = excluded.ended_at
    WHERE outbox.ended_at IS NULL AND (excluded.ended_at IS NOT NULL OR excluded.attempts > outbox.attempts
      OR (outbox.due_at IS NULL AND excluded.due_at IS NOT NULL))`)
  const one = db.prepare(`SELECT valid, ending, ${isHeld} AS isHeld FROM outbox WHERE account = ? AND task_id = ?`)
  const isDue = '(due_at <= ?2 OR due_at > ?3)'
  const anyDue = db.prepare(`SELECT 1 FROM ${pending} AND ${isDue} LIMIT 1`)
  const allDue = db.prepare(`SELECT ${columns} FROM ${pending} AND ${isDue} ORDER BY expires_at LIMIT ?4`)
  const lend = db.prepare('UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE account = ? AND task_id = ?')
  const nextDue = db.prepare(`SELECT min(due_at) AS dueAt FROM ${pending}`)
  const anyPending = db.prepare(`SELECT 1 FROM ${pending} LIMIT 1`)
  const countPending = db.prepare(`SELECT count(*) AS count FROM ${pending}`)
  const oldest = db.prepare(`SELECT min(expires_at) AS expiresAt FROM ${pending}`)
  const delay = db.prepare(`
    UPDATE outbox SET due_at = ? WHERE account = ? AND task_id = ? AND attempts = ? AND due_at IS NOT NULL`)
  const gate = db.prepare(
    'SELECT full_at AS fullAt, paused_from AS pausedFrom, paused_until AS until FROM gate WHERE account = ?',
  )
  const setFullAt = db.prepare(`
    INSERT INTO gate (account, full_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET full_at = excluded.full_at`)
  const setPause = db.prepare(`
    INSERT INTO gate (account, paused_from, paused_until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
      paused_from = excluded.paused_from, paused_until = excluded.paused_until
    WHERE paused_until < excluded.paused_until OR paused_from > excluded.paused_from`)
  const endings = db.prepare(`
    SELECT task_id AS taskId, ending, ended_at AS endedAt FROM outbox INDEXED BY ended
    WHERE ended_at > ? AND +account = ? ORDER BY ended_at LIMIT 500`)
  const lastEnding = db.prepare('SELECT max(ended_at) AS endedAt FROM outbox WHERE ended_at IS NOT NULL')
  const allHeld = db.prepare(`
    SELECT ${columns}, ${originColumns} FROM outbox WHERE account = ? AND ${isHeld}
    ORDER BY expires_at`)
  const unhold = db.prepare(`UPDATE outbox SET due_at = 0 WHERE account = ? AND task_id = ? AND ${isHeld}`)
  const unholdExpired = db.prepare(`UPDATE outbox SET due_at = 0 WHERE account = ? AND expires_at <= ? AND ${isHeld}`)
  const dropHeld = db.prepare(`
    UPDATE outbox SET ending = '{"kind":"dropped"}', ended_at = ${nextEnding('?3')}
    WHERE account = ?1 AND task_id = ?2 AND ${isHeld}`)
  const latest = db.prepare(`
    SELECT decided_by AS "by" FROM outbox INDEXED BY of_site WHERE account = ? AND site = ?
    ORDER BY decided_at DESC LIMIT ?`)
  const insertUndecided = db.prepare('INSERT INTO undecided VALUES (?, ?, ?, ?, ?, ?)')
  const deleteOld = db.prepare(`
    DELETE FROM outbox WHERE (account, task_id) IN (
      SELECT account, task_id FROM outbox INDEXED BY ended WHERE ended_at <= ? LIMIT 200)`)
  const deleteOldUndecided = db.prepare(`
    DELETE FROM undecided WHERE rowid IN (SELECT rowid FROM undecided WHERE decided_at <= ? LIMIT 200)`)

  /** How many the key may send now, all processes together. */
  function allowed(pace: Pace, now: number) {
    const { fullAt, pausedFrom, until } = (gate.get(account) ?? { fullAt: 0, pausedFrom: 0, until: 0 }) as {
      [name in 'fullAt' | 'pausedFrom' | 'until']: number
    }
    const isPaused = pausedFrom <= now && now < until
    return { fullAt, ...(isPaused ? { count: 0, nextAt: until } : allowance(pace, fullAt, now)) }
  }

  function transaction<T>(run: () => T): T {
    db.exec('BEGIN IMMEDIATE')
    try {
      const result = run()
      db.exec('COMMIT')
      return result
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK')
      throw error
    }
  }

  function find(taskId: string): (Added & { kind: 'known' }) | undefined {
    const row = one.get(account, taskId) as { valid: number; ending: string | null; isHeld: number } | undefined
    if (!row) return
    const ending = row.ending === null ? undefined : JSON.parse(row.ending)
    return { kind: 'known', valid: row.valid === 1, ending, isHeld: row.isHeld === 1 }
  }

  function begin({ taskId, valid, decidedAt, expiresAt, origin }: Feedback, dueAt: 0 | null): Added {
    const { changes } = insert.run(account, taskId, +valid, decidedAt, expiresAt, dueAt, ...originValues(origin))
    if (changes > 0) sync.request()
    return (changes === 0 && find(taskId)) || { kind: 'added' }
  }

  /**
   * Writes a row that is missing, or further on its way than the stored one; the first `valid` and the first ending
   * stand. Returns whether it wrote.
   */
  function merge(row: StoredRow, now: number): boolean {
    const { taskId, valid, decidedAt, expiresAt, attempts, dueAt, ending, origin } = row
    const state = [
      attempts,
      ending ? null : dueAt,
      ending ? JSON.stringify(ending) : null,
      now,
      ...originValues(origin),
    ]
    const { changes } = upsert.run(row.account, taskId, +valid, decidedAt, expiresAt, ...state)
    if (changes > 0 && !ending) sync.request()
    return changes > 0
  }

  return {
    transaction,
    find,
    merge,
    add: (feedback: Feedback) => begin(feedback, 0),
    hold: (feedback: Feedback) => begin(feedback, null),
    held(): Feedback[] {
      const rows = allHeld.all(account) as unknown as (ClaimedFeedback & OriginRow)[]
      return rows.map(({ site, by, predicate, took, attempts: _, ...row }) => {
        return { ...row, valid: Number(row.valid) === 1, origin: originOf({ site, by, predicate, took }) }
      })
    },
    release(taskId: string): boolean {
      const { changes } = unhold.run(account, taskId)
      return changes > 0
    },
    drop(taskId: string, now: number): boolean {
      const { changes } = dropHeld.run(account, taskId, now)
      return changes > 0
    },
    deadlinesInARow(site: string, limit: number): number {
      const rows = latest.all(account, site, limit)
      const other = rows.findIndex(({ by }) => by !== 'deadline')
      return other < 0 ? rows.length : other
    },
    note({ taskId, decidedAt, origin: { site, by, took } }: Undecided) {
      insertUndecided.run(account, taskId, decidedAt, site ?? null, by, took)
      return true
    },
    claim({ now, lease, limit, pace }: Claim): Claimed {
      const due = [account, now, now + longestWait] as const
      const next = () => (nextDue.get(account)?.dueAt ?? undefined) as number | undefined
      // First without the write lock: most looks find nothing to do.
      const { count, nextAt } = allowed(pace, now)
      if (count === 0) return { feedback: [], lookAgainAt: anyPending.get(account) && nextAt }
      if (!anyDue.get(...due)) return { feedback: [], lookAgainAt: next() }
      return transaction(() => {
        const { count, fullAt } = allowed(pace, now)
        const most = Math.min(count, limit)
        const rows = allDue.all(...due, most) as unknown as ClaimedFeedback[]
        const feedback = rows.map((row) => {
          lend.run(now + lease, account, row.taskId)
          return { ...row, valid: Number(row.valid) === 1, attempts: row.attempts + 1 }
        })
        setFullAt.run(account, spend(pace, fullAt, feedback.length, now))
        return { feedback, lookAgainAt: feedback.length < most ? next() : now }
      })
    },
    postpone({ taskId, attempts }: ClaimedFeedback, dueAt: number) {
      delay.run(dueAt, account, taskId, attempts)
      return true
    },
    pause(now: number, until: number) {
      setPause.run(account, now, until)
      return true
    },
    pending: () => Number(countPending.get(account)?.count),
    oldestDeadline: () => (oldest.get(account)?.expiresAt ?? undefined) as number | undefined,
    /** What ended after the mark, in order, and the mark to go on from. */
    endedAfter(mark: number) {
      const rows = endings.all(mark, account) as unknown as { taskId: string; ending: string; endedAt: number }[]
      const news = rows.map(({ taskId, ending }): News => ({ kind: 'ended', taskId, ending: JSON.parse(ending) }))
      return { news, mark: rows.at(-1)?.endedAt ?? mark, isAll: rows.length < 500 }
    },
    lastEndedAt: () => Number(lastEnding.get()?.endedAt ?? 0),
    /** A batch of what is older than the history; and what was held for too long is there to be ended. */
    prune(now: number) {
      deleteOld.run(now - history)
      deleteOldUndecided.run(now - history)
      unholdExpired.run(account, now)
    },
    /** What happened to the file since it was opened; one that is used does not shrink. */
    fate(): 'none' | 'moved' | 'damaged' {
      const { identity, size } = look(path)
      if (identity !== main.identity || look(`${path}-wal`).identity !== wal.identity) return 'moved'
      return size < main.size ? 'damaged' : 'none'
    },
    rescue: () => rescueRows(db),
    close() {
      sync.close()
      db.close()
    },
  }
}
