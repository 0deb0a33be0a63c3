// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import type { Origin } from '../outbox.ts'
import { allowance, type Pace } from '../token-bucket.ts'
import { type StoredRow, storedRow } from './stored-row.ts'

/** The columns of a row, by the names that the rest of the house has for them. */
export const columns = 'task_id AS taskId, valid, decided_at AS decidedAt, expires_at AS expiresAt, attempts'

/** Of a row that waits for its user. */
export const isHeld = '(due_at IS NULL AND ended_at IS NULL)'

/** Of an undecided verdict whose task was not decided since. */
export const isOpen =
  'NOT EXISTS (SELECT 1 FROM outbox WHERE account = undecided.account AND task_id = undecided.task_id)'

/** When what ends now has ended: `now`, or the ms after the latest ending, since others listen by the order. */
export const nextEnding = (now: string) =>
  `max(${now}, 1 + coalesce((SELECT max(ended_at) FROM outbox WHERE ended_at IS NOT NULL), 0))`

const isMeant = 'account = ?1 AND task_id = ?2'

/** What both the processes at a file and its operator do, each with the account and the task. */
export const statements = {
  release: `UPDATE outbox SET due_at = 0 WHERE ${isMeant} AND ${isHeld}`,
  /** Third, the time. */
  drop: `UPDATE outbox SET ending = '{"kind":"dropped"}', ended_at = ${nextEnding('?3')} WHERE ${isMeant} AND ${isHeld}`,
  /** Third, the time. */
  retry: `
    UPDATE outbox SET due_at = 0, ending = NULL, ended_at = NULL
    WHERE ${isMeant} AND expires_at > ?3 AND ended_at IS NOT NULL AND ending ->> 'kind' = 'dead'`,
  gate: 'SELECT full_at AS fullAt, paused_from AS pausedFrom, paused_until AS until FROM gate WHERE account = ?',
}

/** How many feedback of an account may leave now, by its row of `gate`, if it has one. */
export function allowanceOf(gate: unknown, pace: Pace, now: number) {
  const { fullAt, pausedFrom, until } = (gate ?? { fullAt: 0, pausedFrom: 0, until: 0 }) as {
    readonly [name in 'fullAt' | 'pausedFrom' | 'until']: number
  }
  const pausedUntil = pausedFrom <= now && now < until ? until : undefined
  const { count, nextAt } = allowance(pace, fullAt, now)
  return { fullAt, pausedUntil, count: pausedUntil ? 0 : count, nextAt: pausedUntil ?? nextAt }
}

export const originColumns = 'site, decided_by AS "by", predicate, took'

export type OriginRow = { readonly [name in keyof Origin]-?: Exclude<Origin[name], undefined> | null }

export const originOf = ({ site, by, predicate, took }: OriginRow): Origin | undefined =>
  by === null || took === null ? undefined : { site: site ?? undefined, by, predicate: predicate ?? undefined, took }

export const originValues = ({ site, by, predicate, took }: Partial<Origin> = {}) =>
  [site, by, predicate, took].map((value) => value ?? null)

/** All rows that can still be read, from both ends, also when a page between them cannot. */
export function rescueRows(db: DatabaseSync): StoredRow[] {
  const rows = new Map<string, StoredRow>()
  for (const order of ['ASC', 'DESC']) {
    try {
      const all = db.prepare(`
        SELECT ${columns}, account, due_at AS dueAt, ending, ${originColumns} FROM outbox
        ORDER BY account ${order}, task_id ${order}`)
      for (const { site, by, predicate, took, ...row } of all.iterate()) {
        const { data } = storedRow.safeParse({
          ...row,
          valid: row.valid === 1,
          ending: row.ending === null ? undefined : JSON.parse(String(row.ending)),
          dueAt: row.ending === null ? row.dueAt : 0,
          origin: originOf({ site, by, predicate, took } as OriginRow),
        })
        if (data) rows.set(`${data.account} ${data.taskId}`, data)
      }
      break
    } catch {} // a page that cannot be read: on from the other end
  }
  return [...rows.values()]
}
