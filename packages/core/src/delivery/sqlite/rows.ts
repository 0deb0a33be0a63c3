// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import type { Origin } from '../outbox.ts'
import { type StoredRow, storedRow } from './stored-row.ts'

/** The columns of a row, by the names that the rest of the house has for them. */
export const columns = 'task_id AS taskId, valid, decided_at AS decidedAt, expires_at AS expiresAt, attempts'

/** Of a row that waits for its user. */
export const isHeld = '(due_at IS NULL AND ended_at IS NULL)'

/** When what ends now has ended: `now`, or the ms after the latest ending, since others listen by the order. */
export const nextEnding = (now: string) =>
  `max(${now}, 1 + coalesce((SELECT max(ended_at) FROM outbox WHERE ended_at IS NOT NULL), 0))`

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
