/** What a watch knows so far of its page. */

import type { DoubtName } from '../inference/doubts.ts'
import type { createHints } from '../inference/hints.ts'
import type { Carrier, Observation } from '../inference/observation.ts'
import type { ObservedRequest, ObservedResponse, Source } from '../page/source.ts'
import type { Evidence } from '../predicates/evidence.ts'
import type { Recogniser } from './submission.ts'

/** A redirect chain that began with the token. */
export interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** Where the page was. */
  readonly from: string
  readonly isNavigation: boolean
  readonly isUnattributed: boolean
  /** Where its answer shows, if that is a popup. */
  popup?: object
  readonly carrier: Carrier
  /** Which page sent it. */
  readonly page: number
  /** Those of its requests that take the token along; the GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  /** The host that answered last, by a redirect. */
  redirectedBy?: string | undefined
  /** Whether any answer came, be it that of a redirect which the page's script does not follow. */
  isHeard?: boolean
  /** `lost`: there was no answer. */
  outcome?: 'answered' | 'faulted' | 'lost'
  /** Whether it was a form, and the browser went elsewhere before there was an answer; once known it stays so. */
  isLeft?: boolean
}

/** All state by which evidence is attributed, in one record that prints. */
export interface Story {
  /** There may be several: a page may send its token twice. */
  readonly submissions: Submission[]
  /** The requests that took the token, by what is the same when one is sent again. */
  readonly carriers: Map<string, Carrier>
  /** Frames that no longer show what waited for an answer, or ask for a document when none can come. */
  readonly freeFrames: Set<object>
  /** The page's requests without the token, while they wait for their answers, by chain. */
  readonly open: Map<object, ObservedRequest>
  /** Those of them that may be submissions which nothing tells. */
  readonly openings: Set<object>
  /** Whether the page's own site answered a form or a call, which may be a submission that nothing else tells of. */
  hasOpened: boolean
  /** To which the token went, and from which. */
  readonly sites: Set<string | undefined>
  /** Of the fields that held the token. */
  readonly fields: Set<string>
  /** Of fields in which the page sends tokens of its own, with the token or before it. */
  readonly companions: Set<string>
  /** Whether another captcha's token left before a submission was seen. */
  hasMetOthers: boolean
  /** Whether all that was answered is that there will be an answer. */
  isPending: boolean
  /** Whether the answer was the first that was seen of a submission. */
  isArmedLate: boolean
  /** Whether the watch has ended. */
  hasEnded: boolean
  /** Whether a submission was told only after that. */
  hasDeparted: boolean
  /** Whether only the answers to the submissions themselves are about the token. */
  isShared: boolean
  /** Which page it is: how many documents were asked for that answer no submission. */
  page: number
  /** Asked once more when time runs out: what it looks at beside its evidence may have changed. */
  last?: Evidence | undefined
  /** The requests of which answers may be about the token, by chain. */
  seen: WeakSet<object>
  /** Where the page went within its document before there was an answer: it counts if it is never taken back. */
  early?: Evidence | undefined
  /** What the page showed before it submitted. */
  before?: ObservedResponse | undefined
  /** Where a script took the page's URL, of the document that shows. */
  within?: string | undefined
  /** The same before the page submitted, as one does that is sure of its success. */
  anticipated?: string | undefined
}

export const emptyStory = (): Story => ({
  submissions: [],
  carriers: new Map(),
  freeFrames: new Set(),
  open: new Map(),
  openings: new Set(),
  hasOpened: false,
  sites: new Set(),
  fields: new Set(),
  companions: new Set(),
  hasMetOthers: false,
  isPending: false,
  isArmedLate: false,
  hasEnded: false,
  hasDeparted: false,
  isShared: false,
  page: 0,
  seen: new WeakSet(),
})

/** On one line, at the verdict: the submissions and what became of them, then what else is so, and how many of what else there are. */
export function printed({ submissions, hasEnded: _, ...rest }: Story): string {
  const sent = submissions.map(
    ({ carrier, outcome, isLeft }) => `${carrier.name} ${isLeft ? 'left' : (outcome ?? 'unanswered')}`,
  )
  const others = Object.entries(rest).flatMap(([name, value]) => {
    const count = value instanceof Set || value instanceof Map ? value.size : value
    if (typeof count === 'number') return count > 0 ? [`${name} ${count}`] : []
    return value && !(value instanceof WeakSet) ? [name] : []
  })
  return [...sent, ...others].join(', ')
}

/** What the parts of a watch have in common. */
export interface Scene {
  readonly source: Source
  readonly token: string | undefined
  readonly recognise: Recogniser
  /** Whether nothing tells which request is the submission. */
  readonly isGuessing: boolean
  readonly story: Story
  readonly hints: ReturnType<typeof createHints>
  now(): number
  /** A URL, as it may be told. */
  redact(url: string): string
  put(observation: Observation): void
  doubt(name: DoubtName): void
  /** Whether there may have been a submission. */
  hasBegun(): boolean
  /** Whether there is a verdict. */
  isOver(): boolean
  /** How long the page may go by its token when the watch has ended, in ms. */
  readonly patience: number
}

/** What the page showed so far, it showed before something that it sends. */
export function sent(story: Story): void {
  story.anticipated = story.within
  story.early = undefined
  story.last = undefined
}
