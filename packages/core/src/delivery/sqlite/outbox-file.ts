/// <reference lib="esnext.disposable" preserve="true" />
/** The outbox file for the command line: the feedback of every key and its state. No key is needed. */
import { existsSync } from 'node:fs'
// biome-ignore lint/correctness/noUnresolvedImports: it does not know this module yet
import type { DatabaseSync } from 'node:sqlite'
import { RegotchaFeedbackError } from '../../error.ts'
import type { Feedback, Origin } from '../outbox.ts'
import type { Pace } from '../token-bucket.ts'
import { openDatabase, troubleOf } from './database.ts'
import { defaultOutboxFile } from './outbox-place.ts'
import {
  columns,
  createAllowance,
  createOperations,
  type FeedbackRow,
  feedbackOf,
  isHeld,
  isOpen,
  type OriginRow,
  originColumns,
  originOf,
} from './rows.ts'

export { isAbsence } from '../outbox.ts'
export { checkFileSystem, checkSqlite } from './fitness.ts'
export { accountOf } from './stored-row.ts'

export const feedbackStates = ['pending', 'held', 'delivered', 'dead', 'expired', 'dropped', 'conflict'] as const

export type FeedbackState = (typeof feedbackStates)[number]

/** One feedback with its state. Times are in ms since the epoch. */
export interface FeedbackRecord extends Feedback {
  /** The fingerprint of the API key. */
  readonly account: string
  readonly state: FeedbackState
  readonly attempts: number
  /** If dead, the API's code or `HTTP <status>`; if delivered, `recorded`, `confirmed` or `already`. */
  readonly reason: string | undefined
  readonly endedAt: number | undefined
}

/** A verdict of a watch, decided or not. */
export interface VerdictRecord extends Origin {
  readonly taskId: string
  readonly kind: 'accepted' | 'rejected' | 'undecided'
  readonly decidedAt: number
  /** If undecided, what to change to get a verdict next time. */
  readonly hint?: string | undefined
}

/** An undecided verdict of a task that was not decided since. */
export interface UndecidedRecord {
  /** The fingerprint of the API key. */
  readonly account: string
  readonly taskId: string
  readonly reason: string
  readonly site: string | undefined
  readonly decidedAt: number
  /** Milliseconds from arming the watch to its verdict. */
  readonly took: number
  readonly hint: string | undefined
  /** The end of the trail, in order; empty in rows of earlier versions. */
  readonly trail: readonly string[]
}

export interface AccountStatus {
  readonly account: string
  readonly counts: Readonly<Record<FeedbackState, number>>
  /** When the first pending or held feedback expires. */
  readonly oldestDeadline: number | undefined
  /** Until when nothing is sent, because the API asked to wait. */
  readonly pausedUntil: number | undefined
  /** How many may be sent at once now. */
  readonly paceLeft: number
}

/** Why the outbox file can't be used, in a sentence. */
export class OutboxFileError extends RegotchaFeedbackError {
  override readonly name = 'OutboxFileError'
  /**
   * `absent`: it does not exist yet; `busy`: another process holds its lock; `damaged`: its content is damaged;
   * `unusable`: it belongs to another program or a newer version, or the disk is full or failing.
   */
  readonly reason: 'absent' | 'busy' | 'damaged' | 'unusable'

  constructor(reason: OutboxFileError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export interface OutboxFile extends Disposable {
  status(options: { readonly now: number; readonly pace: Pace }): readonly AccountStatus[]
  /** The fingerprints of the API keys whose feedback it has. */
  accounts(): readonly string[]
  /** Feedback, latest decision first; at most `limit` (default: 100). */
  list(filter?: ListFilter & { readonly state?: FeedbackState | undefined }): readonly FeedbackRecord[]
  /** Undecided verdicts, latest first; at most `limit` (default: 100). */
  undecided(filter?: ListFilter): readonly UndecidedRecord[]
  /** The verdicts since a time in ms, unordered. Feedback of `report()` is not a verdict. */
  verdicts(since?: number): Iterable<VerdictRecord>
  /** Releases a held feedback; returns whether it was held. */
  release(feedback: FeedbackKey): boolean
  /** Discards a held feedback; returns whether it was held. */
  drop(feedback: FeedbackKey, now: number): boolean
  /** Makes a dead letter pending again within its 24 hours; returns whether there was one. */
  retry(feedback: FeedbackKey, now: number): boolean
}

interface ListFilter {
  readonly account?: string | undefined
  readonly site?: string | undefined
  readonly limit?: number | undefined
}

/** Identifies one feedback, because several keys may have the same task. */
type FeedbackKey = Pick<FeedbackRecord, 'account' | 'taskId'>

/**
 * Opens an existing outbox file.
 * @throws {OutboxFileError} if it can't be used. Every method throws it, too, if it fails.
 */
export function openOutboxFile(path: string = defaultOutboxFile()): OutboxFile {
  if (!existsSync(path)) throw new OutboxFileError('absent', `there is no outbox file at ${path}`)
  const db = telling(path, () => openPatiently(path))

  const kindOf = `CASE WHEN due_at IS NOT NULL THEN 'pending' WHEN ${isHeld} THEN 'held' ELSE ending ->> 'kind' END`
  const statement = (sql: string) => telling(path, () => db.prepare(sql))
  // One pass in the order of the key: a group for each state would have to be sorted.
  const counts = statement(`
    SELECT account, min(expires_at) FILTER (WHERE ended_at IS NULL) AS oldestDeadline,
      ${feedbackStates.map((state) => `count(*) FILTER (WHERE ${isIn(state)}) AS ${state}`)}
    FROM outbox GROUP BY account`)
  const accounts = statement('SELECT DISTINCT account FROM outbox ORDER BY account')
  const records = statement(`
    SELECT ${columns}, ${originColumns}, attempts, account, ${kindOf} AS state, ended_at AS endedAt,
      coalesce(ending ->> 'reason', ending ->> 'by') AS reason
    FROM outbox WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR site = ?2) AND (?3 IS NULL OR account = ?3)
    ORDER BY decided_at DESC LIMIT ?4`)
  const verdicts = statement(`
    SELECT task_id AS taskId, iif(valid, 'accepted', 'rejected') AS kind, decided_at AS decidedAt, ${originColumns},
      NULL AS hint
    FROM outbox WHERE decided_by IS NOT NULL AND decided_at >= ?1
    UNION ALL
    SELECT task_id, 'undecided', decided_at, site, reason, NULL, took, hint FROM undecided
    WHERE decided_at >= ?1 AND ${isOpen}`)
  const undecided = statement(`
    SELECT account, task_id AS taskId, reason, site, decided_at AS decidedAt, took, hint, trail FROM undecided
    WHERE (?1 IS NULL OR site = ?1) AND (?2 IS NULL OR account = ?2) AND ${isOpen}
    ORDER BY decided_at DESC LIMIT ?3`)
  const allowed = telling(path, () => createAllowance(db))
  const { release, drop, retry } = telling(path, () => createOperations(db))

  return {
    status({ now, pace }) {
      const rows = telling(path, () => counts.all()) as unknown as Counts[]
      return rows.map(({ account, oldestDeadline, ...counts }) => {
        const { pausedUntil, count: paceLeft } = allowed(account, pace, now)
        return { account, counts, oldestDeadline: oldestDeadline ?? undefined, pausedUntil, paceLeft }
      })
    },
    accounts: () => telling(path, () => accounts.all()).map(({ account }) => String(account)),
    list({ account, state, site, limit = 100 } = {}) {
      const filter = [state, site, account].map((value) => value ?? null)
      const rows = telling(path, () => records.all(...filter, limit)) as unknown as Row[]
      return rows.map((row) => {
        const { reason, endedAt } = row
        return { ...feedbackOf(row), reason: reason ?? undefined, endedAt: endedAt ?? undefined }
      })
    },
    *verdicts(since = 0) {
      const rows = verdicts.iterate(since) as Iterator<unknown> as Iterator<Verdict>
      const next = () => telling(path, () => rows.next())
      for (let row = next(); !row.done; row = next()) {
        const { taskId, kind, decidedAt, hint, ...origins } = row.value
        const origin = originOf(origins)
        if (origin) yield { taskId, kind, decidedAt, ...origin, hint: hint ?? undefined }
      }
    },
    undecided({ account, site, limit = 100 } = {}) {
      const rows = telling(path, () => undecided.all(site ?? null, account ?? null, limit)) as unknown as Undecided[]
      return rows.map(({ site, hint, trail, ...row }) => ({
        ...row,
        site: site ?? undefined,
        hint: hint ?? undefined,
        trail: trail === null ? [] : JSON.parse(trail),
      }))
    },
    release: ({ account, taskId }) => telling(path, () => release(account, taskId)),
    drop: ({ account, taskId }, now) => telling(path, () => drop(account, taskId, now)),
    retry: ({ account, taskId }, now) => telling(path, () => retry(account, taskId, now)),
    [Symbol.dispose]() {
      db.close()
    },
  }
}

type Counts = Record<FeedbackState, number> & { account: string; oldestDeadline: number | null }
type Row = Omit<FeedbackRecord, 'reason' | 'endedAt' | keyof FeedbackRow> &
  FeedbackRow & { reason: string | null; endedAt: number | null }
type Verdict = Pick<VerdictRecord, 'taskId' | 'kind' | 'decidedAt'> & OriginRow & { hint: string | null }
type Undecided = Pick<UndecidedRecord, 'account' | 'taskId' | 'reason' | 'decidedAt' | 'took'> & {
  [name in 'site' | 'hint' | 'trail']: string | null
}

const isIn = (state: FeedbackState) =>
  ({ pending: 'due_at IS NOT NULL', held: isHeld })[state as string] ?? `ending ->> 'kind' = '${state}'`

/** The command line may wait for a lock; a crawler may not. */
function openPatiently(path: string): DatabaseSync {
  const db = openDatabase(path)
  db.exec('PRAGMA busy_timeout = 5000')
  return db
}

function telling<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    const reason = troubleOf(cause)
    const why = reason === 'busy' ? 'another process holds its lock' : sentenceOf(cause)
    throw new OutboxFileError(reason, `the outbox file ${path} cannot be used: ${why}`, { cause })
  }
}

/** If the file of its index no longer fits on the disk, SQLite says only `disk I/O error`. */
function sentenceOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return /^disk I\/O error/.test(message) ? `${message} (a full disk?)` : message
}
