// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import { type Claim, type Claimed, type ClaimedFeedback, longestLook, longestWait } from '../outbox.ts'
import { spend } from '../token-bucket.ts'
import { columns, createAllowance } from './rows.ts'

/** One key's pending feedback in the outbox file: what may be sent when, and by which process. */
export function createQueue(db: DatabaseSync, account: string) {
  const fresh = 'outbox INDEXED BY fresh WHERE account = ?1 AND due_at = 0'
  const tried = 'outbox INDEXED BY tried WHERE account = ?1 AND due_at <> 0'
  const anyDue = db.prepare(`
    SELECT EXISTS (SELECT 1 FROM ${fresh}) OR EXISTS (SELECT 1 FROM ${tried} AND due_at <= ?2)
      OR EXISTS (SELECT 1 FROM ${tried} AND due_at > ?3) AS isDue`)
  const allDue = db.prepare(`
    SELECT ${columns}, attempts FROM outbox WHERE account = ?1 AND task_id IN (
      SELECT task_id FROM (
        SELECT * FROM (SELECT task_id, expires_at FROM ${fresh} ORDER BY expires_at LIMIT ?4) UNION ALL
        SELECT * FROM (SELECT task_id, expires_at FROM ${tried} AND due_at <= ?2 LIMIT ${longestLook}) UNION ALL
        SELECT * FROM (SELECT task_id, expires_at FROM ${tried} AND due_at > ?3 LIMIT ${longestLook})
      ) ORDER BY expires_at LIMIT ?4)
    ORDER BY expires_at`)
  const lend = db.prepare('UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE account = ? AND task_id = ?')
  const nextDue = db.prepare(`SELECT min(due_at) AS dueAt FROM ${tried}`)
  const countPending = db.prepare(`
    SELECT (SELECT count(*) FROM ${fresh}) + (SELECT count(*) FROM ${tried}) AS count`)
  const oldest = db.prepare(`
    SELECT min(expires_at) AS expiresAt FROM (
      SELECT min(expires_at) AS expires_at FROM ${fresh} UNION ALL SELECT min(expires_at) FROM ${tried})`)
  const delay = db.prepare(`
    UPDATE outbox SET due_at = ? WHERE account = ? AND task_id = ? AND attempts = ? AND due_at IS NOT NULL`)
  const allowed = createAllowance(db)
  const setFullAt = db.prepare(`
    INSERT INTO gate (account, full_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET full_at = excluded.full_at`)
  const setPause = db.prepare(`
    INSERT INTO gate (account, paused_from, paused_until) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
      paused_from = excluded.paused_from, paused_until = excluded.paused_until
    WHERE paused_until < excluded.paused_until OR paused_from > excluded.paused_from`)

  const dueAt = (now: number) => [account, now, now + longestWait] as const

  return {
    /**
     * Takes one from the pace, so that `insert` can hand out its feedback at once; `insert` gets the time at which that is
     * due again. If other feedback is due, or nothing may be sent, `insert` gets no time.
     */
    handOut(insert: (dueAt: number | undefined) => boolean, { now, lease, pace }: Claim): void {
      const { count, fullAt } = allowed(account, pace, now)
      if (count === 0 || anyDue.get(...dueAt(now))?.isDue) insert(undefined)
      else if (insert(now + lease)) setFullAt.run(account, spend(pace, fullAt, 1, now))
    },
    claim({ now, lease, limit, pace }: Claim): Claimed {
      const due = dueAt(now)
      const next = () => (nextDue.get(account)?.dueAt ?? undefined) as number | undefined
      // First without the write lock, because most looks find nothing to do.
      const { count, nextAt } = allowed(account, pace, now)
      if (count === 0) return { feedback: [], lookAgainAt: nextAt }
      if (!anyDue.get(...due)?.isDue) return { feedback: [], lookAgainAt: next() }
      const { feedback, most } = transaction(db, () => {
        const { count, fullAt } = allowed(account, pace, now)
        const most = Math.min(count, limit)
        const rows = allDue.all(...due, most) as unknown as ClaimedFeedback[]
        const feedback = rows.map((row) => {
          lend.run(now + lease, account, row.taskId)
          return { ...row, valid: Number(row.valid) === 1, attempts: row.attempts + 1 }
        })
        setFullAt.run(account, spend(pace, fullAt, feedback.length, now))
        return { feedback, most }
      })
      return { feedback, lookAgainAt: feedback.length < most ? next() : now }
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
  }
}

export function transaction<T>(db: DatabaseSync, run: () => T): T {
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
