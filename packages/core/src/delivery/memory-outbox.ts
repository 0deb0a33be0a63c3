import { type Claim, type Claimed, type ClaimedFeedback, type Ending, longestWait, type Outbox } from './outbox.ts'
import { allowance, spend } from './pace.ts'

/** A feedback with where it stands on its way. */
export interface Row extends ClaimedFeedback {
  /** 0 when it was never claimed. */
  readonly dueAt: number
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
  pending(): number
}

/** An outbox in this process's memory: what is pending when the process ends is lost. */
export const createMemoryOutbox = (): Outbox => createMemoryRows()

export function createMemoryRows(): MemoryOutbox {
  // In order of decision, and so of expiry, since all feedback lives equally long.
  const pending = new Map<string, Row>()
  const ended = new Map<string, Row>()
  let fullAt = 0
  let paused = { from: 0, until: 0 }

  function forgetExpired(now: number): void {
    for (const [taskId, { expiresAt }] of ended) {
      if (expiresAt > now) return
      ended.delete(taskId)
    }
  }

  const isPaused = (now: number) => paused.from <= now && now < paused.until

  return {
    get: (taskId) => pending.get(taskId) ?? ended.get(taskId),
    put(row) {
      if (!row.ending) return void pending.set(row.taskId, row)
      pending.delete(row.taskId)
      ended.set(row.taskId, row)
    },
    forget(taskId) {
      pending.delete(taskId)
      ended.delete(taskId)
    },
    rows: () => pending.values(),

    add(feedback) {
      forgetExpired(feedback.decidedAt)
      const known = pending.get(feedback.taskId) ?? ended.get(feedback.taskId)
      if (known) return { kind: 'known', valid: known.valid, ending: known.ending }
      pending.set(feedback.taskId, { ...feedback, attempts: 0, dueAt: 0, ending: undefined })
      return { kind: 'added' }
    },
    claim({ now, lease, limit, pace }) {
      const feedback: ClaimedFeedback[] = []
      if (pending.size === 0) return { feedback, lookAgainAt: undefined }
      if (isPaused(now)) return { feedback, lookAgainAt: paused.until }
      const { count, nextAt } = allowance(pace, fullAt, now)
      if (count === 0) return { feedback, lookAgainAt: nextAt }
      let lookAgainAt = Number.POSITIVE_INFINITY
      for (const { dueAt, ending: _, ...row } of pending.values()) {
        if (feedback.length === Math.min(limit, count)) {
          lookAgainAt = now // the next claim knows better
          break
        }
        const isDue = dueAt <= now || dueAt > now + longestWait
        lookAgainAt = Math.min(lookAgainAt, isDue ? now + lease : dueAt)
        if (!isDue) continue
        const claimed = { ...row, attempts: row.attempts + 1 }
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
    pause(now, until) {
      if (!isPaused(now) || paused.until < until) paused = { from: now, until }
    },
    pending: () => pending.size,
    close() {},
  }
}
