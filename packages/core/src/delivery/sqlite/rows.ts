// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import type { Feedback, Origin } from '../outbox.ts'
import { allowance, type Pace } from '../token-bucket.ts'
import { type StoredRow, storedRow } from './stored-row.ts'

/** The columns of a row, with their names in TypeScript. */
export const columns = 'task_id AS taskId, valid, decided_at AS decidedAt, expires_at AS expiresAt'

export const originColumns = 'site, decided_by AS "by", predicate, took'

/** Selects held rows. */
export const isHeld = '(due_at IS NULL AND ended_at IS NULL)'

/** Selects undecided verdicts whose task was not decided since. */
export const isOpen =
  'NOT EXISTS (SELECT 1 FROM outbox WHERE account = undecided.account AND task_id = undecided.task_id)'

/** The time of a new ending: `now`, or 1 ms after the latest ending, because listeners rely on the order. */
export const nextEnding = (now: string) =>
  `max(${now}, 1 + coalesce((SELECT max(ended_at) FROM outbox WHERE ended_at IS NOT NULL), 0))`

/** Changes to one feedback that both crawlers and the command line make. Each returns whether it applied. */
export function createOperations(db: DatabaseSync) {
  const isMeant = 'account = ?1 AND task_id = ?2'
  const release = db.prepare(`UPDATE outbox SET due_at = 0 WHERE ${isMeant} AND ${isHeld}`)
  const drop = db.prepare(`
    UPDATE outbox SET ending = '{"kind":"dropped"}', ended_at = ${nextEnding('?3')} WHERE ${isMeant} AND ${isHeld}`)
  const retry = db.prepare(`
    UPDATE outbox SET due_at = 0, ending = NULL, ended_at = NULL
    WHERE ${isMeant} AND expires_at > ?3 AND ended_at IS NOT NULL AND ending ->> 'kind' = 'dead'`)
  return {
    release: (account: string, taskId: string) => release.run(account, taskId).changes > 0,
    drop: (account: string, taskId: string, now: number) => drop.run(account, taskId, now).changes > 0,
    retry: (account: string, taskId: string, now: number) => retry.run(account, taskId, now).changes > 0,
  }
}

/** How many feedbacks of an account all processes together may send now, by its row in `gate`, if there is one. */
export function createAllowance(db: DatabaseSync) {
  const gate = db.prepare(`
    SELECT full_at AS fullAt, paused_from AS pausedFrom, paused_until AS until FROM gate WHERE account = ?`)
  return (account: string, pace: Pace, now: number) => {
    const row = gate.get(account) ?? { fullAt: 0, pausedFrom: 0, until: 0 }
    const { fullAt, pausedFrom, until } = row as Record<'fullAt' | 'pausedFrom' | 'until', number>
    const pausedUntil = pausedFrom <= now && now < until ? until : undefined
    const { count, nextAt } = allowance(pace, fullAt, now)
    return { fullAt, pausedUntil, count: pausedUntil ? 0 : count, nextAt: pausedUntil ?? nextAt }
  }
}

export type OriginRow = { readonly [name in keyof Origin]-?: Exclude<Origin[name], undefined> | null }

export const originOf = ({ site, by, predicate, took }: OriginRow): Origin | undefined =>
  by === null || took === null ? undefined : { site: site ?? undefined, by, predicate: predicate ?? undefined, took }

export type FeedbackRow = Omit<Feedback, 'valid' | 'origin'> & OriginRow & { readonly valid: number }

/** The feedback in a row of {@link columns} and {@link originColumns}, with the row's other columns. */
export const feedbackOf = <R extends FeedbackRow>({ valid, site, by, predicate, took, ...others }: R) => ({
  ...others,
  valid: valid === 1,
  origin: originOf({ site, by, predicate, took }),
})

/**
 * All rows that can still be read. Reads from both ends, so that an unreadable page between them loses only its rows.
 */
export function rescueRows(db: DatabaseSync): StoredRow[] {
  const rows = new Map<string, StoredRow>()
  for (const order of ['ASC', 'DESC']) {
    try {
      const all = db.prepare(`
        SELECT ${columns}, ${originColumns}, attempts, account, due_at AS dueAt, ending FROM outbox
        ORDER BY account ${order}, task_id ${order}`)
      for (const row of all.iterate()) {
        const { ending, dueAt } = row
        const { data } = storedRow.safeParse({
          ...feedbackOf(row as unknown as FeedbackRow),
          ...(ending === null ? { dueAt, ending: undefined } : { dueAt: 0, ending: JSON.parse(String(ending)) }),
        })
        if (data) rows.set(`${data.account} ${data.taskId}`, data)
      }
      break
    } catch {} // an unreadable page: continue from the other end
  }
  return [...rows.values()]
}
