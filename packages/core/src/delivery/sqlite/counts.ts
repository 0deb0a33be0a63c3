// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import type { VerdictCounts, VerdictFilter } from '../outbox.ts'
import { isOpen } from './rows.ts'

/** Counts an account's verdicts. It reads as many rows as it counts, or all of the account where no site is given. */
export function createCounts(db: DatabaseSync, account: string) {
  const isMeant = 'account = ?1 AND decided_at >= ?2'
  const decided = (where: string) => `
    SELECT count(*) FILTER (WHERE valid) AS accepted, count(*) FILTER (WHERE NOT valid) AS rejected FROM outbox
    WHERE ${isMeant} AND ${where} AND ending ->> 'kind' IS NOT 'dropped'`
  const ofAll = db.prepare(decided('true'))
  const ofSite = db.prepare(decided('site = ?3'))
  const undecided = db.prepare(`
    SELECT count(DISTINCT task_id) AS undecided FROM undecided
    WHERE ${isMeant} AND (?3 IS NULL OR site = ?3) AND ${isOpen}`)

  return ({ site, since }: VerdictFilter): VerdictCounts => {
    const found = site === undefined ? ofAll.get(account, since) : ofSite.get(account, since, site)
    return {
      accepted: Number(found?.accepted),
      rejected: Number(found?.rejected),
      undecided: Number(undecided.get(account, since, site ?? null)?.undecided),
    }
  }
}
