import type { Clock } from '../clock.ts'
import type { Pace } from './token-bucket.ts'

/** One feedback that we owe the API. */
export interface Feedback {
  readonly taskId: string
  readonly valid: boolean
  /** When the verdict fell, in ms since the epoch. */
  readonly decidedAt: number
  /** When the API's window closes on it, in ms since the epoch. */
  readonly expiresAt: number
  /** How it was decided; nothing where the user reported it. */
  readonly origin?: Origin | undefined
}

/** How a verdict came about, for whoever looks at it later. */
export interface Origin {
  /** The host of the page that submitted. */
  readonly site?: string | undefined
  /** What decided, or why nothing did: `acceptedWhen`, `silence`, `no-match`, …; `deadline` in rows of older versions. */
  readonly by: string
  /** What the predicate that decided asks, where a combinator says so. */
  readonly predicate?: string | undefined
  /** Milliseconds from arming the watch to its verdict. */
  readonly took: number
}

/** Whether something was taken for a refusal because it did not happen: a redesign of the site can bring that about. */
export const isAbsence = ({ by, predicate }: Pick<Origin, 'by' | 'predicate'>): boolean =>
  by === 'silence' || by === 'deadline' || predicate === 'captchaAgain()'

/** A verdict that owes the API nothing. */
export interface Undecided extends Pick<Feedback, 'taskId' | 'decidedAt'> {
  readonly origin: Origin
  /** What would help to get a verdict next time. */
  readonly hint?: string | undefined
  /** The last of what was seen, in order. */
  readonly trail?: readonly string[] | undefined
}

/** Which verdicts of the history are meant. */
export interface VerdictFilter {
  /** The host of the page that submitted; all where none is given. */
  readonly site?: string | undefined
  /** In ms since the epoch. */
  readonly since: number
}

/** How many tasks came to each kind of verdict. */
export interface VerdictCounts {
  readonly accepted: number
  readonly rejected: number
  readonly undecided: number
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
  /** It was held, and the user did not want it sent. */
  | { readonly kind: 'dropped' }
  /** Another machine had decided the task differently; that decision, `kept`, stands. */
  | { readonly kind: 'conflict'; readonly kept: boolean }

/** All but `dropped`, which was the user's own doing. */
export type ToldEnding = Exclude<Ending, { kind: 'dropped' }>

/** What `add` found: nothing yet, or a decision of before, and how that one ended if it did. */
export type Added =
  /** `claimed`: handed out at once, as a claim would have it. */
  | { readonly kind: 'added'; readonly claimed?: ClaimedFeedback }
  | { readonly kind: 'known'; readonly valid: boolean; readonly ending: Ending | undefined; readonly isHeld: boolean }

export interface Claim {
  readonly now: number
  /** Milliseconds for which nobody else gets what this claim hands out. */
  readonly lease: number
  readonly limit: number
  readonly pace: Pace
}

export interface Claimed {
  readonly feedback: readonly ClaimedFeedback[]
  /** Of outboxes that are drained elsewhere: how claimed feedback ended there, to be settled and told of. */
  readonly ended?: readonly { readonly feedback: ClaimedFeedback; readonly ending: ToldEnding }[]
  /** When a further claim may find something; `undefined` if not before another `add`. */
  readonly lookAgainAt: number | undefined
}

/** What an outbox learns later than it was asked. */
export type OutboxEvent =
  | { readonly kind: 'ended'; readonly taskId: string; readonly ending: Ending }
  /** Another process had decided the task differently before our `add` could be written; `kept` stands. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly kept: boolean }

type Awaitable<T> = T | Promise<T>

/**
 * Where the decided feedback of one API key waits for its delivery. Several processes may share the store behind it.
 *
 * - The first decision for a task wins: `add` MUST NOT change a task it knows, unless that is held. Tasks that ended MUST
 *   be remembered until their `expiresAt`, and the first ending of a task stands.
 * - What is held MUST NOT be handed out before its release, but for its `expiresAt`: then it is, to be ended as expired.
 * - A claimed feedback MUST NOT be handed out again, to any process, before its lease ran out or it was postponed to a
 *   time that came. A claim MUST count as an attempt, and MUST hand out the oldest deadline first
 *   (a store may look no further than through the {@link longestLook} that have been due for longest).
 * - `claim` MUST NOT hand out more than the pace allows all processes together, and nothing during a pause.
 * - A wait of more than {@link longestWait} MUST be taken for the work of a clock that was set back, and be over.
 * - No method may throw, reject, take longer than some seconds, or block the event loop: the one who decided a feedback
 *   has other work to do. Where one does all the same, memory takes over. Timers MUST NOT keep the process alive.
 *
 * `@regotcha-feedback/core/outbox` has these rules as checks for a test of your own.
 */
export interface Outbox {
  /**
   * Synchronous: when it returns, the feedback is as safe as this store can make it.
   * @param claim - where nothing else is due, a store MAY hand out the feedback at once, as if by this claim.
   */
  add(feedback: Feedback, claim?: Claim): Added
  /** As `add`, but held: for the user to release or to drop. */
  hold(feedback: Feedback): Added
  /** What is held, the oldest deadline first. */
  held(): Awaitable<readonly Feedback[]>
  /** Has a held feedback handed out from now on; returns whether it was held. */
  release(taskId: string): Awaitable<boolean>
  /** Ends a held feedback without sending it; returns whether it was held. */
  drop(taskId: string): Awaitable<boolean>
  /** How many of a site's latest feedback, `limit` at most, go by an absence ({@link isAbsence}), none otherwise between them. */
  absencesInARow(site: string, limit: number): number
  /** For stores with a history: remembers a verdict that owes nothing. */
  note?(undecided: Undecided): void
  /**
   * For stores with a history: how its verdicts came out, `undefined` where it can't be read now. A task MUST count once,
   * by its decision where it has one; what was dropped MUST NOT count.
   */
  counts?(filter: VerdictFilter): Awaitable<VerdictCounts | undefined>
  claim(claim: Claim): Awaitable<Claimed>
  /** Gives a claimed feedback back, due again at `dueAt`; nothing happens if another claim was made since. */
  postpone(feedback: ClaimedFeedback, dueAt: number): Awaitable<void>
  /** Returns whether this ending stands: `false` if the task had ended before. */
  settle(feedback: ClaimedFeedback, ending: Ending): Awaitable<boolean>
  /** Hands out nothing from `now` until `until`, nor until the end of a longer pause. */
  pause(now: number, until: number): Awaitable<void>
  /** How many feedback are neither ended nor held. */
  pending(): Awaitable<number>
  /** The first `expiresAt` of what is pending. */
  oldestDeadline(): Awaitable<number | undefined>
  /** For stores that processes share: tells of every ending, our own included, until the returned function is called. */
  subscribe?(listener: (event: OutboxEvent) => void): () => void
  close(): Awaitable<void>
}

/** Opens an outbox for the key and the clock of the feedback object that is given it. */
export type OpenOutbox = (setting: OutboxSetting) => Outbox

export interface OutboxSetting {
  /** The fingerprint of the API key at its API: the key itself must not be written anywhere. */
  readonly account: string
  readonly clock: Clock
  /** To be told in a sentence when the store fails. */
  readonly trouble: (sentence: string) => void
  /** Opens an outbox of this machine, for one that hands over to a store elsewhere. */
  readonly openLocal: (place: LocalPlace) => Outbox
}

/** The memory of this process, or a file that the processes of a machine share. */
export type LocalPlace = 'memory' | { readonly file: string }

/** No single feedback is leased or postponed for longer, in ms; an API that asks for more pauses the whole key. */
export const longestWait = 10 * 60_000

/** Through how many feedback a claim looks for the oldest deadline: a look at all of a long backlog would hold up the crawler. */
export const longestLook = 200
