import type { Clock } from '../../clock.ts'
import { createMemoryRows, type Row } from '../memory-outbox.ts'
import { retryInterval } from '../outage.ts'
import type { Added, Claim, ClaimedFeedback, Feedback, Outbox, OutboxEvent } from '../outbox.ts'
import { batchPerTick } from './batch-per-tick.ts'
import { createCompletions } from './completions.ts'
import { createPendingWrites, soon } from './pending-writes.ts'
import { createResilientFile } from './resilient-file.ts'
import { openSqliteFile, type SqliteFile } from './sqlite-file.ts'

export interface SqliteOutboxOptions {
  readonly path: string
  /** The fingerprint of the API key: processes with other keys may share the file. */
  readonly account: string
  readonly clock: Clock
  /** How long completed feedback is kept, in ms. */
  readonly history: number
  /** Called with a sentence when the file fails, and again only after a minute without failure. */
  readonly trouble: (sentence: string) => void
  /** Opens the file at `path` for `account`. */
  readonly open?: (syncFailed: (error: Error) => void) => SqliteFile
}

/** How many of the latest rows in the file are also kept in memory, in case someone empties the file. */
const mostCopies = 1000
/** The interval between two looks for rows that dead processes left, in ms. */
const sweepInterval = 60_000

/**
 * An outbox in a file that all processes of a machine share.
 *
 * When `add` returns, the feedback survives the death of the process. It is in the file or, while another process holds
 * the file's write lock, in memory and in a spill file next to it, and it is written as soon as the lock is free. It
 * survives a power cut once the disk has synced it. A sync is requested at once and not awaited.
 *
 * Memory keeps a copy of this process's latest decisions until they end, and of all that the file has not taken yet. If
 * the file can't be used, delivery continues from memory. If the file is lost, the copies are written again.
 */
export function createSqliteOutbox(options: SqliteOutboxOptions): Outbox {
  const { path, account, clock, history, trouble } = options
  const { open = (syncFailed) => openSqliteFile(path, account, history, syncFailed) } = options
  const copies = createMemoryRows()
  const file = createResilientFile({
    path,
    open,
    opened: (db) => completions.opened(db),
    clock,
    trouble,
    lost: (rescued) => pendingWrites.lost(rescued),
  })
  const pendingWrites = createPendingWrites({ path, account, file, copies, clock, tell })
  const completions = createCompletions({
    file,
    clock,
    // It is unknown whether unwritten feedback conflicts with another decision; `written` finds out.
    tell(event) {
      if (!pendingWrites.has(event.taskId)) tell(event)
    },
  })
  /** The tasks that are both in memory and in the file; the latest last. */
  const recent: string[] = []
  let sweptAt = Number.NEGATIVE_INFINITY
  let listener: ((event: OutboxEvent) => void) | undefined

  /** Updates the copy to the claimed row, unless that is another process's decision. */
  function mirror(row: Row): void {
    const copy = copies.get(row.taskId)
    if (copy?.valid === row.valid) copies.put(row)
    else if (copy) pendingWrites.written(copy, row)
  }

  function tell(event: OutboxEvent): void {
    copies.forget(event.taskId)
    listener?.(event)
  }

  function sweep(now: number): void {
    if (Math.abs(now - sweptAt) < sweepInterval) return
    const done = file.use((db) => {
      pendingWrites.sweep(now, (rows) => db.transaction(() => rows.map((row) => db.merge(row, now))))
      db.prune(now)
      return true
    })
    if (done) sweptAt = now
  }

  function begin(how: 'add' | 'hold', feedback: Feedback, claim?: Claim): Added {
    const known = copies[how](feedback)
    if (known.kind === 'known') return known
    const added = file.use((db) => db[how](feedback, claim))
    if (added?.kind === 'known') copies.forget(feedback.taskId)
    if (added?.kind === 'added') remember(feedback, claim, added.claimed)
    if (added) return added
    pendingWrites.spill({ ...feedback, attempts: 0, dueAt: how === 'add' ? 0 : null, ending: undefined })
    return known
  }

  /** Keeps the copy of a row that is now in the file, as long as it is among the latest. */
  function remember(feedback: Feedback, claim?: Claim, claimed?: ClaimedFeedback): void {
    if (claim && claimed) copies.put({ ...claimed, dueAt: claim.now + claim.lease, ending: undefined })
    recent.push(feedback.taskId)
    const oldest = recent.length > mostCopies && recent.shift()
    if (oldest && !pendingWrites.has(oldest)) copies.forget(oldest)
  }

  /**
   * Each ending must be in the file before it is reported. They are batched, because a transaction costs as much as
   * many endings.
   */
  const settle = batchPerTick((rows: readonly Row[]) => {
    const stands = file.use((db) => db.transaction(() => rows.map((row) => db.merge({ ...row, account }, clock.now()))))
    for (const row of rows) {
      const own = copies.get(row.taskId)
      if (own && own.valid !== row.valid) pendingWrites.written(own, row) // decided while the file was locked
      stands ? pendingWrites.written(row) : pendingWrites.keep(row)
    }
    return stands ?? rows.map(() => true)
  })

  /** Returns the result of `run` if the file can be written, or `undefined` if it is broken. */
  async function patiently<T>(run: (db: SqliteFile) => T): Promise<T | undefined> {
    for (;;) {
      const done = pendingWrites.areAny() && !file.isOut() && !pendingWrites.write() ? undefined : file.use(run)
      if (done !== undefined || file.isOut()) return done
      await new Promise<void>((again) => void clock.after(soon(), again, { keepAlive: true }))
    }
  }

  /** Whether it was held: according to the file, unless memory is ahead of it. */
  async function unhold(how: 'release' | 'drop', taskId: string): Promise<boolean> {
    const isAhead = pendingWrites.has(taskId)
    const wasCopyHeld = copies[how](taskId)
    const wasHeld = await patiently((db) => db[how](taskId, clock.now()))
    if (copies.get(taskId)?.ending && wasHeld !== undefined) copies.forget(taskId)
    return wasHeld || ((isAhead || wasHeld === undefined) && wasCopyHeld)
  }

  return {
    add: (feedback, claim) => begin('add', feedback, claim),
    hold: (feedback) => begin('hold', feedback),
    held: async () => (await patiently((db) => db.held())) ?? copies.held(),
    release: (taskId) => unhold('release', taskId),
    drop: (taskId) => unhold('drop', taskId),
    absencesInARow: (site, limit) =>
      file.use((db) => db.absencesInARow(site, limit)) ?? copies.absencesInARow(site, limit),
    note(undecided) {
      if (!file.use((db) => db.note(undecided))) pendingWrites.note(undecided)
    },
    counts: (filter) => patiently((db) => db.counts(filter)),

    claim(claim) {
      const { now, lease } = claim
      sweep(now)
      const claimed = file.use((db) => db.claim(claim))
      for (const feedback of claimed?.feedback ?? []) mirror({ ...feedback, dueAt: now + lease, ending: undefined })
      if (file.isBroken()) {
        const { feedback, lookAgainAt = Number.POSITIVE_INFINITY } = copies.claim(claim)
        return { feedback, lookAgainAt: Math.min(lookAgainAt, now + retryInterval) }
      }
      const { feedback, lookAgainAt = Number.POSITIVE_INFINITY } = claimed ?? { feedback: [] }
      const latest = now + (claimed && !pendingWrites.areAny() ? sweepInterval : soon())
      return { feedback, lookAgainAt: Math.min(lookAgainAt, latest) }
    },

    postpone(feedback, dueAt) {
      copies.postpone(feedback, dueAt)
      file.use((db) => db.postpone(feedback, dueAt)) // otherwise its lease runs out
    },

    settle: (feedback, ending) => settle({ ...feedback, dueAt: 0, ending }),

    pause(now, until) {
      copies.pause(now, until)
      file.use((db) => db.pause(now, until))
    },

    pending() {
      const inFile = file.use((db) => db.pending())
      return inFile === undefined ? copies.pending() : inFile + pendingWrites.pending()
    },

    oldestDeadline: () => file.use((db) => db.oldestDeadline()) ?? copies.oldestDeadline(),

    subscribe(heardBy) {
      listener = heardBy
      const stop = completions.listen()
      return () => {
        stop()
        listener = undefined
      }
    },

    close() {
      pendingWrites.close()
      file.close()
    },
  }
}
