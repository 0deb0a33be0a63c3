/** The inference's state for one watch. */

import type { Predicates } from '../predicates/sites.ts'
import type { Carrier, Observation } from './observation.ts'
import type { Verdict } from './verdict.ts'

export type Judged = Observation & { kind: 'judged' }

export interface Rules {
  /** Milliseconds from arming to the submission. */
  readonly submissionTimeout: number
  /** Milliseconds from the submission to the verdict. */
  readonly verdictTimeout: number
  readonly predicates?: Predicates | undefined
  /** Removes what may be secret from a text. */
  readonly redact?: ((text: string) => string) | undefined
}

/** An acceptance that later observations may still contradict. */
export interface Pending {
  readonly until: number
  readonly by: Judged
}

export interface Inference {
  readonly armedAt: number
  readonly submittedAt?: number
  /** Whether a submission got an answer that can be about the token. */
  readonly answered?: boolean
  /** Whether a submission, or a page that followed it, met a fault of the site or the network. */
  readonly faulted?: boolean
  /** Whether a submission failed in the network. Leaving the page looks the same. */
  readonly failed?: boolean
  readonly left?: boolean
  /** Whether later evidence may be about a spent token or another form. It can then no longer reject this token. */
  readonly isRejectionVoid?: boolean
  /** Whether it means nothing that no predicate held. */
  readonly isSilenceExplained?: boolean
  /** Whether `acceptedWhen` was asked and did not hold. */
  readonly declined?: boolean
  readonly pending?: Pending | undefined
  /** The distinct requests that carried the token to the site. */
  readonly carriers: readonly Carrier[]
  /** The carriers whose answers looked like an acceptance. */
  readonly accepting: readonly Carrier[]
  /** The carrier whose answer looked like a rejection after rejections stopped counting. */
  readonly refused?: Carrier | undefined
  /** Why a predicate had no opinion, the first time that this happened. */
  readonly cause?: unknown
  /** What would help the user, oldest first. */
  readonly hints: readonly string[]
  readonly trail: readonly Observation[]
  readonly isTimeUp?: boolean
  readonly verdict?: Verdict
}

/**
 * How long an acceptance from a call's answer waits while the page does not change, in ms. Another request may still
 * carry the token.
 */
export const settling = 2_000

/**
 * How long an acceptance by the page's URL alone waits, in ms, and again while the page waits for the site, at most
 * `settling`. A script may change the URL before it sends the request, and a page may lead back when the site has told
 * it that nobody is logged in.
 */
export const glancing = 250

/** Whether the acceptance came from the answer to a call, and not from what the page shows. */
export const isByCall = (pending: Pending | undefined): boolean => pending?.by.answer?.isCall === true

/** Whether the page has shown the URL by which it was accepted: it loaded that, or a script set it a while ago. */
export const isShown = ({ by }: Pending, at: number) => by.shows !== 'url' || at >= by.at + glancing

export function arm(at: number): Inference {
  return { armedAt: at, carriers: [], accepting: [], trail: [], hints: [] }
}

/** When time runs out, given what is known so far. */
export function deadline({ armedAt, submittedAt, pending }: Inference, rules: Rules): number {
  const end = submittedAt === undefined ? armedAt + rules.submissionTimeout : submittedAt + rules.verdictTimeout
  return Math.min(end, pending?.until ?? end)
}
