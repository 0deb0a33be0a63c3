/** The input of the inference, in the order in which things happened, and its lines in a trail. */

import type { Opinion, Opinions } from '../predicates/predicate.ts'
import { type DoubtName, doubtSentence } from './doubts.ts'
import { hideLong, publicCause } from './verdict.ts'

/** A request that carried the token to the site. */
export interface Carrier {
  /** Its method and redacted URL, for the trail. */
  readonly name: string
  /** Whether a script sent it instead of a navigation. The page then stays, and may send more requests. */
  readonly isCall: boolean
}

export type Observation =
  /** A request carried the token to the site: a new carrier, or an earlier one again. */
  | { readonly kind: 'submitted'; readonly at: number; readonly carrier: Carrier; readonly seen: () => string }
  /** The submission was answered, after all redirects. */
  | { readonly kind: 'answered'; readonly at: number; readonly status: number }
  /** The submission met a network failure. */
  | { readonly kind: 'failed'; readonly at: number }
  /** The page was left before the submission was answered. */
  | { readonly kind: 'left'; readonly at: number }
  /** The site failed, a wall blocked the request, or a page failed to load. */
  | { readonly kind: 'faulted'; readonly at: number; readonly seen: () => string }
  /** Something puts the verdict in doubt from now on. */
  | { readonly kind: 'doubt'; readonly at: number; readonly name: DoubtName }
  /** Something that decides nothing, with a hint for the user. */
  | {
      readonly kind: 'noted'
      readonly at: number
      readonly seen: () => string
      readonly hint: string
    }
  /**
   * The predicates judged a piece of evidence. `answer`: the carrier that the evidence answers. `shows`: what a
   * navigation shows, a new document or the same one under another URL. `isBack`: that is the page that submitted.
   */
  | ({
      readonly kind: 'judged'
      readonly at: number
      readonly seen: () => string
      readonly answer?: Carrier | undefined
      readonly shows?: 'document' | 'url' | undefined
      readonly isBack?: boolean
    } & Opinions)
  /** The page still waits for the site when an acceptance by its URL would stand. */
  | { readonly kind: 'loading'; readonly at: number }
  | { readonly kind: 'time'; readonly at: number }
  /** Nothing more will be observed. */
  | {
      readonly kind: 'ended'
      readonly at: number
      readonly how: 'page-closed' | 'page-crashed' | 'stopped' | 'superseded' | 'no-rule' | 'process-end'
    }
  /** The user set the verdict. */
  | { readonly kind: 'told'; readonly at: number; readonly verdict: 'accepted' | 'rejected' }

const said: Readonly<Record<Opinion['kind'], string>> = {
  held: 'held',
  'not-held': 'did not hold',
  none: 'gave no answer',
}

function saidOf(opinion: Opinion): string {
  const because = opinion.kind === 'none' ? publicCause(opinion.cause, hideLong) : opinion.because
  return `${said[opinion.kind]}${because ? ` (${because})` : ''}`
}

/** The observation's line in a trail. */
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
    case 'loading':
      return 'the page still waits for the site'
    case 'time':
      return 'time'
  }
}
