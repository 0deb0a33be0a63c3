import {
  type Added,
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  type Ending,
  type Feedback,
  longestWait,
  type Outbox,
} from './outbox.ts'
import { createPause } from './pause.ts'
import { allowance, spend } from './token-bucket.ts'

/** A feedback with where it stands on its way. */
export interface Row extends ClaimedFeedback {
  /** 0 when it was never claimed, `null` while it is held. */
  readonly dueAt: number | null
  readonly ending: Ending | undefined
}

/** The memory outbox as one sees it who keeps it next to a file. */
export interface MemoryOutbox extends Outbox {
  get(taskId: string): Row | undefined
  put(row: Row): void
  forget(taskId: string): void
  /** What has not ended. */
  rows(): Iterable<Row>
  claim(claim: Claim): Claimed
  postpone(feedback: ClaimedFeedback, dueAt: number): void
  pause(now: number, until: number): void
  held(): readonly Feedback[]
  release(taskId: string): boolean
  drop(taskId: string): boolean
  pending(): number
  oldestDeadline(): number | undefined
}

/** An outbox in this process's memory: what is pending when the process ends is lost. */
export const createMemoryOutbox = (): Outbox => createMemoryRows()

export function createMemoryRows(): MemoryOutbox {
  // In order of decision, and so of expiry, since all feedback lives equally long.
  const pending = new Map<string, Row>()
  const held = new Map<string, Row>()
  const ended = new Map<string, Row>()
  /** By site: how many of its latest feedback were decided by deadline. */
  const deadlines = new Map<string, number>()
  let fullAt = 0
  const pause = createPause()

  function forgetExpired(now: number): void {
    for (const [taskId, { expiresAt }] of ended) {
      if (expiresAt > now) return
      ended.delete(taskId)
    }
  }

  const get = (taskId: string) => pending.get(taskId) ?? held.get(taskId) ?? ended.get(taskId)

  function put(row: Row): void {
    const place = row.ending ? ended : row.dueAt === null ? held : pending
    for (const rows of [pending, held, ended]) if (rows !== place) rows.delete(row.taskId)
    place.set(row.taskId, row) // where it was, if it was there
  }

  function forget(taskId: string): void {
    for (const rows of [pending, held, ended]) rows.delete(taskId)
  }

  function begin(feedback: Feedback, dueAt: 0 | null): Added {
    const { taskId, decidedAt, origin } = feedback
    forgetExpired(decidedAt)
    const known = get(taskId)
    const isHeld = held.has(taskId)
    if (known && !(isHeld && dueAt === 0)) return { kind: 'known', valid: known.valid, ending: known.ending, isHeld }
    put({ ...feedback, attempts: 0, dueAt, ending: undefined })
    if (origin?.site !== undefined) {
      deadlines.set(origin.site, origin.by === 'deadline' ? 1 + (deadlines.get(origin.site) ?? 0) : 0)
    }
    return { kind: 'added' }
  }

  function release(taskId: string): boolean {
    const row = held.get(taskId)
    if (!row) return false
    const later = [...pending.values()].filter(({ expiresAt }) => expiresAt > row.expiresAt)
    put({ ...row, dueAt: 0 })
    for (const row of later) {
      pending.delete(row.taskId)
      pending.set(row.taskId, row)
    }
    return true
  }

  return {
    get,
    put,
    forget,
    *rows() {
      yield* pending.values()
      yield* held.values()
    },

    add: (feedback) => begin(feedback, 0),
    hold: (feedback) => begin(feedback, null),
    held: () => [...held.values()].map(({ attempts: _, dueAt: __, ending: ___, ...feedback }) => feedback),
    release,
    drop(taskId) {
      const row = held.get(taskId)
      if (row) put({ ...row, ending: { kind: 'dropped' } })
      return row !== undefined
    },
    deadlinesInARow: (site, limit) => Math.min(limit, deadlines.get(site) ?? 0),
    claim({ now, lease, limit, pace }) {
      const feedback: ClaimedFeedback[] = []
      for (const { taskId, expiresAt } of held.values()) if (expiresAt <= now) release(taskId)
      if (pending.size === 0) return { feedback, lookAgainAt: undefined }
      const pausedUntil = pause.endsAt(now)
      if (pausedUntil !== undefined) return { feedback, lookAgainAt: pausedUntil }
      const { count, nextAt } = allowance(pace, fullAt, now)
      if (count === 0) return { feedback, lookAgainAt: nextAt }
      let lookAgainAt = Number.POSITIVE_INFINITY
      for (const row of pending.values()) {
        const dueAt = row.dueAt ?? 0
        if (feedback.length === Math.min(limit, count)) {
          lookAgainAt = now // the next claim knows better
          break
        }
        const isDue = dueAt <= now || dueAt > now + longestWait
        lookAgainAt = Math.min(lookAgainAt, isDue ? now + lease : dueAt)
        if (!isDue) continue
        const { dueAt: _, ending: __, ...known } = row
        const claimed = { ...known, attempts: row.attempts + 1 }
        pending.set(row.taskId, { ...claimed, dueAt: now + lease, ending: undefined })
        feedback.push(claimed)
      }
      fullAt = spend(pace, fullAt, feedback.length, now)
      return { feedback, lookAgainAt }
    },
    postpone({ taskId, attempts }, dueAt) {
      const row = pending.get(taskId)
      if (row?.attempts === attempts) pending.set(taskId, { ...row, dueAt })
    },
    settle(feedback, ending) {
      if (!pending.delete(feedback.taskId)) return false
      ended.set(feedback.taskId, { ...feedback, dueAt: 0, ending })
      return true
    },
    pause: pause.begin,
    pending: () => pending.size,
    oldestDeadline: () => pending.values().next().value?.expiresAt,
    close() {},
  }
}
