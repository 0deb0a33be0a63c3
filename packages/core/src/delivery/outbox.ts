import type { Clock } from '../clock.ts'
import type { Pace } from './token-bucket.ts'

/** One feedback that has to be delivered to the API. */
export interface Feedback {
  readonly taskId: string
  readonly valid: boolean
  /** When the task was decided, in ms since the epoch. */
  readonly decidedAt: number
  /** When the API's 24 hours for it end, in ms since the epoch. */
  readonly expiresAt: number
  /** How it was decided; absent if the user reported it. */
  readonly origin?: Origin | undefined
}

/** How a verdict was reached, for the history. */
export interface Origin {
  /** The host of the page that submitted. */
  readonly site?: string | undefined
  /**
   * What decided, or the reason if it is undecided: `acceptedWhen`, `silence`, `no-match`, …; `deadline` in rows of
   * older versions.
   */
  readonly by: string
  /** The description of the predicate that decided, if it is a combinator. */
  readonly predicate?: string | undefined
  /** Milliseconds from arming the watch to its verdict. */
  readonly took: number
}

/** Whether it is a rejection by silence or `captchaAgain()`, which a redesign of the site can cause, too. */
export const isAbsence = ({ by, predicate }: Pick<Origin, 'by' | 'predicate'>): boolean =>
  by === 'silence' || by === 'deadline' || predicate === 'captchaAgain()'

/** An undecided verdict, of which nothing is sent. */
export interface Undecided extends Pick<Feedback, 'taskId' | 'decidedAt'> {
  readonly origin: Origin
  /** What to change to get a verdict next time. */
  readonly hint?: string | undefined
  /** The end of the trail, in order. */
  readonly trail?: readonly string[] | undefined
}

/** Selects verdicts of the history. */
export interface VerdictFilter {
  /** The host of the page that submitted. Default: all. */
  readonly site?: string | undefined
  /** In ms since the epoch. */
  readonly since: number
}

/** How many tasks have each kind of verdict. */
export interface VerdictCounts {
  readonly accepted: number
  readonly rejected: number
  readonly undecided: number
}

export interface ClaimedFeedback extends Feedback {
  /** How many attempts began, including the one of this claim. */
  readonly attempts: number
}

/** The final state of a feedback. */
export type Ending =
  /** `recorded`: by this attempt. `confirmed`: by an earlier attempt whose answer was lost. `already`: not by us. */
  | { readonly kind: 'delivered'; readonly by: 'recorded' | 'confirmed' | 'already'; readonly attempts: number }
  | { readonly kind: 'dead'; readonly reason: string }
  | { readonly kind: 'expired' }
  /** It was held, and the user discarded it. */
  | { readonly kind: 'dropped' }
  /** Another machine decided the task differently first. That decision, `kept`, stands. */
  | { readonly kind: 'conflict'; readonly kept: boolean }

/** All endings but `dropped`, which the user caused. */
export type ToldEnding = Exclude<Ending, { kind: 'dropped' }>

/** What `add` found: a new task, or an earlier decision and its ending, if it has one. */
export type Added =
  /** `claimed`: handed out at once, as if by a claim. */
  | { readonly kind: 'added'; readonly claimed?: ClaimedFeedback }
  | { readonly kind: 'known'; readonly valid: boolean; readonly ending: Ending | undefined; readonly isHeld: boolean }

export interface Claim {
  readonly now: number
  /** For how many milliseconds the feedback is not handed out again. */
  readonly lease: number
  readonly limit: number
  readonly pace: Pace
}

export interface Claimed {
  readonly feedback: readonly ClaimedFeedback[]
  /** For outboxes that are drained elsewhere: how feedback ended there. The caller settles and reports it. */
  readonly ended?: readonly { readonly feedback: ClaimedFeedback; readonly ending: ToldEnding }[]
  /** When the next claim may find something; `undefined` if only another `add` can change that. */
  readonly lookAgainAt: number | undefined
}

/** What an outbox reports later, through `subscribe`. */
export type OutboxEvent =
  | { readonly kind: 'ended'; readonly taskId: string; readonly ending: Ending }
  /** Another process decided the task differently before our `add` was written; `kept` stands. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly kept: boolean }

type Awaitable<T> = T | Promise<T>

/**
 * Where the feedback of one API key waits for delivery. Several processes may share the store behind it.
 *
 * - The first decision for a task wins: `add` MUST NOT change a known task, unless that is held. Ended tasks MUST be
 *   remembered until their `expiresAt`, and the first ending of a task stands.
 * - Held feedback MUST NOT be handed out before its release or its `expiresAt`. At `expiresAt` it MUST be handed out, so
 *   that it is ended as expired.
 * - Claimed feedback MUST NOT be handed out again, to any process, before its lease ran out or the time to which it was
 *   postponed. A claim MUST count as an attempt, and MUST hand out the oldest deadline first (a store may limit its search
 *   to the {@link longestLook} that have been due longest).
 * - `claim` MUST NOT hand out more than the pace allows for all processes together, and nothing during a pause.
 * - A wait of more than {@link longestWait} MUST be ended at once, because it means that the clock was set back.
 * - No method may throw, reject, take longer than some seconds, or block the event loop, which the crawler needs. If one
 *   does, memory takes over. Timers MUST NOT keep the process alive.
 *
 * `@regotcha-feedback/core/outbox` has these rules as checks for your own tests.
 */
export interface Outbox {
  /**
   * Synchronous. When it returns, the feedback is as safe as this store can make it.
   * @param claim - if nothing else is due, a store MAY hand out the feedback at once, as if by this claim.
   */
  add(feedback: Feedback, claim?: Claim): Added
  /** Like `add`, but held until the user releases or drops it. */
  hold(feedback: Feedback): Added
  /** Held feedback, oldest deadline first. */
  held(): Awaitable<readonly Feedback[]>
  /** Makes a held feedback pending; returns whether it was held. */
  release(taskId: string): Awaitable<boolean>
  /** Ends a held feedback without sending it; returns whether it was held. */
  drop(taskId: string): Awaitable<boolean>
  /**
   * How many of a site's latest feedback in a row, at most `limit`, are rejections by an absence ({@link isAbsence}).
   */
  absencesInARow(site: string, limit: number): number
  /** For stores with a history: remembers an undecided verdict. */
  note?(undecided: Undecided): void
  /**
   * For stores with a history: counts its verdicts. `undefined` if the history can't be read now. A task MUST count once,
   * by its decision if it has one. Dropped feedback MUST NOT count.
   */
  counts?(filter: VerdictFilter): Awaitable<VerdictCounts | undefined>
  claim(claim: Claim): Awaitable<Claimed>
  /** Returns a claimed feedback, due again at `dueAt`. Does nothing if it was claimed again since. */
  postpone(feedback: ClaimedFeedback, dueAt: number): Awaitable<void>
  /** Ends a feedback. Returns whether this ending stands: `false` if the task had ended before. */
  settle(feedback: ClaimedFeedback, ending: Ending): Awaitable<boolean>
  /** Hands out nothing from `now` until `until`, nor until the end of a longer pause. */
  pause(now: number, until: number): Awaitable<void>
  /** How many feedbacks are neither ended nor held. */
  pending(): Awaitable<number>
  /** The earliest `expiresAt` of pending feedback. */
  oldestDeadline(): Awaitable<number | undefined>
  /**
   * For stores that processes share: calls `listener` for every ending, including our own, until the returned function
   * is called.
   */
  subscribe?(listener: (event: OutboxEvent) => void): () => void
  close(): Awaitable<void>
}

/** Opens an outbox for the key and the clock of a client. */
export type OpenOutbox = (setting: OutboxSetting) => Outbox

export interface OutboxSetting {
  /** The fingerprint of the API key and its API. The key itself must not be written anywhere. */
  readonly account: string
  readonly clock: Clock
  /** Call it with a sentence when the store fails. */
  readonly trouble: (sentence: string) => void
  /** Opens a local outbox, for an outbox that hands over to a remote store. */
  readonly openLocal: (place: LocalPlace) => Outbox
}

/** The memory of this process, or a file that the processes of a machine share. */
export type LocalPlace = 'memory' | { readonly file: string }

/** No feedback is leased or postponed for longer, in ms. If the API asks for more, the whole key pauses. */
export const longestWait = 10 * 60_000

/**
 * How many feedbacks a claim searches for the oldest deadline. Searching all of a long backlog would block the
 * crawler.
 */
export const longestLook = 200
