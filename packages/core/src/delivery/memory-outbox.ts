import {
  type Added,
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  type Ending,
  type Feedback,
  isAbsence,
  longestLook,
  longestWait,
  type Outbox,
} from './outbox.ts'
import { createPause } from './pause.ts'
import { allowance, spend } from './token-bucket.ts'

/** A feedback with its delivery state. */
export interface Row extends ClaimedFeedback {
  /** 0 when it was never claimed, `null` while it is held. */
  readonly dueAt: number | null
  readonly ending: Ending | undefined
}

type Immediate<T> = {
  [K in keyof T]: T[K] extends ((...given: infer Given) => infer Answer) | undefined
    ? (...given: Given) => Awaited<Answer>
    : T[K]
}

/** The memory outbox for the code that keeps it next to a file: its methods are synchronous. */
export interface MemoryOutbox extends Immediate<Outbox> {
  get(taskId: string): Row | undefined
  put(row: Row): void
  forget(taskId: string): void
  /** Feedback that has not ended. */
  rows(): Iterable<Row>
}

/** An outbox in this process's memory: pending feedback is lost when the process ends. */
export const createMemoryOutbox = (): Outbox => createMemoryRows()

export function createMemoryRows(): MemoryOutbox {
  // In order of decision, which is nearly the order of expiry.
  const pending = new Map<string, Row>()
  const held = new Map<string, Row>()
  const ended = new Map<string, Row>()
  /** By site: how many of its latest feedback are rejections by silence or `captchaAgain()`. */
  const absences = new Map<string, number>()
  let fullAt = 0
  const pause = createPause()

  function forgetExpired(now: number): void {
    for (const [taskId, { expiresAt }] of ended) {
      if (expiresAt > now) return
      ended.delete(taskId)
    }
  }

  const unexpired = (row: Row | undefined, now: number) => (row?.ending && row.expiresAt <= now ? undefined : row)

  const get = (taskId: string) => pending.get(taskId) ?? held.get(taskId) ?? ended.get(taskId)

  function put(row: Row): void {
    const place = row.ending ? ended : row.dueAt === null ? held : pending
    for (const rows of [pending, held, ended]) if (rows !== place) rows.delete(row.taskId)
    place.set(row.taskId, row) // an existing key keeps its position
  }

  function forget(taskId: string): void {
    for (const rows of [pending, held, ended]) rows.delete(taskId)
  }

  function begin(feedback: Feedback, dueAt: 0 | null, claim?: Claim): Added {
    const { taskId, decidedAt, origin } = feedback
    forgetExpired(decidedAt)
    const known = unexpired(get(taskId), decidedAt)
    const isHeld = held.has(taskId)
    if (known && !(isHeld && dueAt === 0)) return { kind: 'known', valid: known.valid, ending: known.ending, isHeld }
    const isFirst = pending.size === 0
    put({ ...feedback, attempts: 0, dueAt, ending: undefined })
    if (origin?.site !== undefined) {
      absences.set(origin.site, isAbsence(origin) ? 1 + (absences.get(origin.site) ?? 0) : 0)
    }
    const [claimed] = isFirst && claim ? hand(claim).feedback : []
    return { kind: 'added', ...(claimed && { claimed }) }
  }

  function hand({ now, lease, limit, pace }: Claim): Claimed {
    for (const { taskId, expiresAt } of held.values()) if (expiresAt <= now) release(taskId)
    if (pending.size === 0) return { feedback: [], lookAgainAt: undefined }
    const pausedUntil = pause.endsAt(now)
    if (pausedUntil !== undefined) return { feedback: [], lookAgainAt: pausedUntil }
    const { count, nextAt } = allowance(pace, fullAt, now)
    if (count === 0) return { feedback: [], lookAgainAt: nextAt }
    const most = Math.min(limit, count)
    const due: Row[] = []
    let lookAgainAt = now + lease
    for (const row of pending.values()) {
      const dueAt = row.dueAt ?? 0
      if (dueAt <= now || dueAt > now + longestWait) due.push(row)
      else lookAgainAt = Math.min(lookAgainAt, dueAt)
      if (due.length === Math.max(longestLook, most)) break
    }
    due.sort((a, b) => a.expiresAt - b.expiresAt)
    const feedback = due.slice(0, most).map(({ dueAt: _, ending: __, ...known }) => {
      const claimed = { ...known, attempts: known.attempts + 1 }
      pending.set(known.taskId, { ...claimed, dueAt: now + lease, ending: undefined })
      return claimed
    })
    fullAt = spend(pace, fullAt, feedback.length, now)
    return { feedback, lookAgainAt: due.length > most || due.length >= longestLook ? now : lookAgainAt } // the next claim knows better
  }

  function release(taskId: string): boolean {
    const row = held.get(taskId)
    if (!row) return false
    put({ ...row, dueAt: 0 })
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

    add: (feedback, claim) => begin(feedback, 0, claim),
    hold: (feedback) => begin(feedback, null),
    held: () =>
      [...held.values()]
        .map(({ attempts: _, dueAt: __, ending: ___, ...feedback }) => feedback)
        .sort((a, b) => a.expiresAt - b.expiresAt),
    release,
    drop(taskId) {
      const row = held.get(taskId)
      if (row) put({ ...row, ending: { kind: 'dropped' } })
      return row !== undefined
    },
    absencesInARow: (site, limit) => Math.min(limit, absences.get(site) ?? 0),
    claim: hand,
    postpone({ taskId, attempts }, dueAt) {
      const row = pending.get(taskId)
      if (row?.attempts === attempts) put({ ...row, dueAt })
    },
    settle(feedback, ending) {
      if (!pending.delete(feedback.taskId)) return false
      ended.set(feedback.taskId, { ...feedback, dueAt: 0, ending })
      return true
    },
    pause: pause.begin,
    pending: () => pending.size,
    oldestDeadline() {
      let oldest: number | undefined
      for (const { expiresAt } of pending.values()) oldest = Math.min(oldest ?? expiresAt, expiresAt)
      return oldest
    },
    close() {},
  }
}
