/** What the inference is told, in the order in which it happened, and how a trail tells it. */

import type { Opinion, Opinions } from '../predicates/predicate.ts'
import { type DoubtName, doubtSentence } from './doubts.ts'
import { hideLong, publicCause } from './verdict.ts'

/** A request that took the token to the site. */
export interface Carrier {
  /** As it may be told. */
  readonly name: string
  /** Whether a script sent it, so that the page is still there and may send another. */
  readonly isCall: boolean
}

export type Observation =
  /** A request took the token to the site: another one, or one of those before once more. */
  | { readonly kind: 'submitted'; readonly at: number; readonly carrier: Carrier; readonly seen: () => string }
  /** The submission was answered, redirects followed to their end. */
  | { readonly kind: 'answered'; readonly at: number; readonly status: number }
  /** The submission met a network failure. */
  | { readonly kind: 'failed'; readonly at: number }
  /** The page was left before the submission was answered. */
  | { readonly kind: 'left'; readonly at: number }
  /** What came of the submission met a fault of the site or the network. */
  | { readonly kind: 'faulted'; readonly at: number; readonly seen: () => string }
  /** Something that may spoil the verdict from now on. */
  | { readonly kind: 'doubt'; readonly at: number; readonly name: DoubtName }
  /** Something that decides nothing, and tells what would help. */
  | {
      readonly kind: 'noted'
      readonly at: number
      readonly seen: () => string
      readonly hint: string
    }
  /** The predicates gave their opinion of a piece of evidence. `answer`: to whom it is the answer; `shows`: which page shows, a further document or the same under another URL. */
  | ({
      readonly kind: 'judged'
      readonly at: number
      readonly seen: () => string
      readonly answer?: Carrier | undefined
      readonly shows?: 'document' | 'url' | undefined
    } & Opinions)
  | { readonly kind: 'time'; readonly at: number }
  /** Nothing more will be observed. */
  | {
      readonly kind: 'ended'
      readonly at: number
      readonly how: 'page-closed' | 'page-crashed' | 'stopped' | 'superseded' | 'no-rule' | 'process-end'
    }
  /** The user knows. */
  | { readonly kind: 'told'; readonly at: number; readonly verdict: 'accepted' | 'rejected' }

const said: Readonly<Record<Opinion['kind'], string>> = {
  held: 'held',
  'not-held': 'did not hold',
  none: 'could not say',
}

function saidOf(opinion: Opinion): string {
  const because = opinion.kind === 'none' ? publicCause(opinion.cause, hideLong) : opinion.because
  return `${said[opinion.kind]}${because ? ` (${because})` : ''}`
}

/** For the trail. */
export function sentence(observation: Observation): string {
  switch (observation.kind) {
    case 'submitted':
      return `submitted: ${observation.seen()}`
    case 'answered':
      return `submission answered: ${observation.status}`
    case 'failed':
      return 'submission failed: no answer'
    case 'left':
      return 'the page was left before the answer'
    case 'faulted':
    case 'noted':
      return observation.seen()
    case 'doubt':
      return doubtSentence(observation.name)
    case 'judged': {
      const { seen, accepted, rejected } = observation
      return `${seen()}: acceptedWhen ${saidOf(accepted)}${rejected ? `, rejectedWhen ${saidOf(rejected)}` : ''}`
    }
    case 'ended':
      return observation.how
    case 'told':
      return `the user said: ${observation.verdict}`
    case 'time':
      return 'time'
  }
}
