/** What the inference knows so far of one watch. */

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
  /** Takes out of a text what may be secret. */
  readonly redact?: ((text: string) => string) | undefined
}

/** An acceptance that something else may yet contradict. */
export interface Pending {
  readonly until: number
  readonly by: Judged
}

export interface Inference {
  readonly armedAt: number
  readonly submittedAt?: number
  /** Whether some submission was answered in a way that can be about the token. */
  readonly answered?: boolean
  /** Whether some submission, or what came of it, met a fault of the site or the network. */
  readonly faulted?: boolean
  /** Whether the network failed some submission, which is also what it looks like when the page is left. */
  readonly failed?: boolean
  readonly left?: boolean
  /** Whether what follows may be about a token that is spent, or a form behind it: it can no longer reject it. */
  readonly isRejectionVoid?: boolean
  /** Whether the silence of the predicates says nothing. */
  readonly isSilenceExplained?: boolean
  /** Whether `acceptedWhen` was asked and said no. */
  readonly declined?: boolean
  readonly pending?: Pending | undefined
  /** The different requests that took the token to the site. */
  readonly carriers: readonly Carrier[]
  /** Those whose answer looked like an acceptance. */
  readonly accepting: readonly Carrier[]
  /** One whose answer looked like a rejection, after another. */
  readonly refused?: Carrier | undefined
  /** Why a predicate had no opinion, the first time that one had none. */
  readonly cause?: unknown
  /** What would help, the most telling first. */
  readonly hints: readonly string[]
  readonly trail: readonly Observation[]
  readonly isTimeUp?: boolean
  readonly verdict?: Verdict
}

/** How long the acceptance by a call that leaves the page where it was waits for another request to take the token, in ms. */
export const settling = 2_000

/** The same, where a script changed the URL of its page, as it may before it sends what it is about. */
export const glancing = 250

export function arm(at: number): Inference {
  return { armedAt: at, carriers: [], accepting: [], trail: [], hints: [] }
}

/** When time runs out, as far as is known now. */
export function deadline({ armedAt, submittedAt, pending }: Inference, rules: Rules): number {
  const end = submittedAt === undefined ? armedAt + rules.submissionTimeout : submittedAt + rules.verdictTimeout
  return Math.min(end, pending?.until ?? end)
}
