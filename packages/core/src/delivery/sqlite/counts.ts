// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import type { VerdictCounts, VerdictFilter } from '../outbox.ts'
import { isOpen } from './rows.ts'

const none = { accepted: 0, rejected: 0 }

/** Counts an account's verdicts: for one site by indices alone, for all sites by reading the whole history. */
export function createCounts(db: DatabaseSync, account: string) {
  const isMeant = 'account = ?1 AND decided_at >= ?2'
  const decided = (rows: string) =>
    db.prepare(`
      SELECT count(*) FILTER (WHERE valid) AS accepted, count(*) FILTER (WHERE NOT valid) AS rejected FROM outbox ${rows}`)
  const ofAll = decided(`WHERE ${isMeant} AND ending IS NOT '{"kind":"dropped"}'`)
  const ofSite = decided(`INDEXED BY of_site WHERE ${isMeant} AND site = ?3`)
  const droppedOfSite = decided(`INDEXED BY dropped WHERE ${isMeant} AND site = ?3 AND ending = '{"kind":"dropped"}'`)
  const undecided = db.prepare(`
    SELECT count(DISTINCT task_id) AS undecided FROM undecided INDEXED BY undecided_at
    WHERE ${isMeant} AND (?3 IS NULL OR site = ?3) AND ${isOpen}`)

  return ({ site, since }: VerdictFilter): VerdictCounts => {
    const all = site === undefined ? ofAll.get(account, since) : ofSite.get(account, since, site)
    const dropped = site === undefined ? none : droppedOfSite.get(account, since, site)
    return {
      accepted: Number(all?.accepted) - Number(dropped?.accepted),
      rejected: Number(all?.rejected) - Number(dropped?.rejected),
      undecided: Number(undecided.get(account, since, site ?? null)?.undecided),
    }
  }
}
