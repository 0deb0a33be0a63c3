/** One feedback that we owe the API. */
export interface Feedback {
  readonly taskId: string
  readonly valid: boolean
  /** When the verdict fell, in ms since the epoch. */
  readonly decidedAt: number
  /** When the API's window closes on it, in ms since the epoch. */
  readonly expiresAt: number
}

export interface ClaimedFeedback extends Feedback {
  /** How many attempts began, the one that this claim is for included. */
  readonly attempts: number
}

/** How a feedback ended, for good. */
export type Ending =
  /** `recorded` by this attempt; `confirmed`: by an earlier one whose answer was lost; `already`: not by us. */
  | { readonly kind: 'delivered'; readonly by: 'recorded' | 'confirmed' | 'already'; readonly attempts: number }
  | { readonly kind: 'dead'; readonly reason: string }
  | { readonly kind: 'expired' }

/** What `add` found: nothing yet, or a decision of before, and how that one ended if it did. */
export type Added =
  | { readonly kind: 'added' }
  | { readonly kind: 'known'; readonly valid: boolean; readonly ending: Ending | undefined }

type Awaitable<T> = T | Promise<T>

/**
 * Where decided feedback waits for its delivery.
 *
 * The first decision for a task wins: `add` MUST NOT change a task it knows. Tasks that ended MUST be remembered until
 * their `expiresAt`. A claimed feedback MUST NOT be handed out again before its lease ran out, it was postponed to a
 * time that came; a claim MUST count as an attempt and MUST hand out the oldest first. No method may throw or reject:
 * the one who decided a feedback has nowhere else to put it.
 */
export interface Outbox {
  /** Synchronous: when it returns, the feedback is as safe as this store can make it. */
  add(feedback: Feedback): Added
  /** Hands out up to `limit` feedback that is due at `now`, each for `lease` ms. */
  claim(claim: {
    readonly now: number
    readonly lease: number
    readonly limit: number
  }): Awaitable<readonly ClaimedFeedback[]>
  /** Gives a claimed feedback back, due again at `dueAt`. */
  postpone(taskId: string, dueAt: number): Awaitable<void>
  settle(taskId: string, ending: Ending): Awaitable<void>
  /** When the next pending feedback is due; `undefined` when nothing is pending. */
  nextDueAt(): Awaitable<number | undefined>
  /** How many feedback are not ended yet. */
  pending(): Awaitable<number>
  close(): Awaitable<void>
}

interface Pending extends ClaimedFeedback {
  readonly dueAt: number
}

/** An outbox in this process's memory: what is pending when the process ends is lost. */
export function createMemoryOutbox(): Outbox {
  // In order of decision, and so of expiry, since all feedback lives equally long.
  const pending = new Map<string, Pending>()
  const ended = new Map<string, Feedback & { readonly ending: Ending }>()

  function forgetExpired(now: number): void {
    for (const [taskId, { expiresAt }] of ended) {
      if (expiresAt > now) return
      ended.delete(taskId)
    }
  }

  return {
    add(feedback) {
      forgetExpired(feedback.decidedAt)
      const known = pending.get(feedback.taskId) ?? ended.get(feedback.taskId)
      if (known) return { kind: 'known', valid: known.valid, ending: 'ending' in known ? known.ending : undefined }
      pending.set(feedback.taskId, { ...feedback, attempts: 0, dueAt: feedback.decidedAt })
      return { kind: 'added' }
    },
    claim({ now, lease, limit }) {
      const claimed: ClaimedFeedback[] = []
      for (const feedback of pending.values()) {
        if (claimed.length >= limit) break
        if (feedback.dueAt > now) continue
        const { dueAt: _, ...mine } = { ...feedback, attempts: feedback.attempts + 1 }
        pending.set(feedback.taskId, { ...mine, dueAt: now + lease })
        claimed.push(mine)
      }
      return claimed
    },
    postpone(taskId, dueAt) {
      const feedback = pending.get(taskId)
      if (feedback) pending.set(taskId, { ...feedback, dueAt })
    },
    settle(taskId, ending) {
      const feedback = pending.get(taskId)
      if (!feedback) return
      pending.delete(taskId)
      ended.set(taskId, { ...feedback, ending })
    },
    nextDueAt() {
      let next: number | undefined
      for (const { dueAt } of pending.values()) next = Math.min(dueAt, next ?? dueAt)
      return next
    },
    pending: () => pending.size,
    close() {},
  }
}
