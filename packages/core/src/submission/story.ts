/** What a watch knows about its page so far. */

import type { DoubtName } from '../inference/doubts.ts'
import type { createHints } from '../inference/hints.ts'
import type { Carrier, Observation } from '../inference/observation.ts'
import type { ObservedRequest, ObservedResponse, Source } from '../page/source.ts'
import type { Evidence } from '../predicates/evidence.ts'
import type { Recogniser } from './submission.ts'

/** A redirect chain that carries the token to the site. */
export interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** The page's URL at the time. */
  readonly from: string
  readonly isNavigation: boolean
  readonly isUnattributed: boolean
  /** The frame that shows its answer, if that is in a popup. */
  popup?: object
  readonly carrier: Carrier
  /** The page that sent it, see `Story.page`. */
  readonly page: number
  /** The requests of the chain that carry the token. The GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  /** The host of the last answer, if that was a redirect. */
  redirectedBy?: string | undefined
  /** Whether any answer came, including a redirect that the page's script does not follow. */
  isHeard?: boolean
  /** `faulted`: see `faultOf`. `lost`: there was no answer. */
  outcome?: 'answered' | 'faulted' | 'lost'
  /** Whether it is a form that the browser left before the answer. `undefined`: not known yet. An answer resets it. */
  isLeft?: boolean
}

/** All state that attributes evidence, in one record that can be printed. */
export interface Story {
  /** There may be several: a page may send its token twice. */
  readonly submissions: Submission[]
  /** The requests that carried the token, by `shapeOf`, which is the same if one is sent again. */
  readonly carriers: Map<string, Carrier>
  /** Frames that showed a document after the submission, or requested one when every submission had its outcome. */
  readonly freeFrames: Set<object>
  /** The page's requests without the token that wait for their answers, by chain. */
  readonly open: Map<object, ObservedRequest>
  /** When the last of them was answered. */
  answeredAt?: number
  /** Whether one of them was answered that is not a GET, so that it may have been a submission. */
  hasOpened: boolean
  /** The sites that the token was sent to, and from. */
  readonly sites: Set<string | undefined>
  /** The names of the fields and headers that held the token. */
  readonly fields: Set<string>
  /** The names of the fields in which the page sends other tokens, with this token or before it. */
  readonly companions: Set<string>
  /** Whether a submission carries another code too, such as one by SMS. */
  hasOtherCode: boolean
  /** Whether the answer to a submission showed a captcha again. */
  isAskedAgain: boolean
  /** Whether another captcha's token was sent before any submission was seen. */
  hasMetOthers: boolean
  /** Whether the answer was a 202, so that the real one is still to come. */
  isPending: boolean
  /** Whether a submission was first seen when it ended, because it had left before the watch was armed. */
  isArmedLate: boolean
  hasEnded: boolean
  /** Whether a submission, or what may be one, was reported only after the watch had ended. */
  hasDeparted: boolean
  /** Whether attribution is lost: only the answers to the submissions themselves are about the token. */
  isShared: boolean
  /** The number of the current page, counted by requests for documents that belong to no submission. */
  page: number
  /** The last evidence. It is judged again when time runs out, because predicates may also look at the page. */
  last?: Evidence | undefined
  /** The chains, seen when they left, whose responses may be about the token. */
  seen: WeakSet<object>
  /** A URL that a script set before the answer. It counts only if the page still has it at the end. */
  early?: Evidence | undefined
  /** The document that the page showed before it submitted, if that is known. */
  before?: Pick<ObservedResponse, 'text'> | undefined
  /** The URL that a script set in the current document. */
  within?: string | undefined
  /** What `within` was when the page last sent something: a page may show its success before it submits. */
  anticipated?: string | undefined
}

export const emptyStory = (): Story => ({
  submissions: [],
  carriers: new Map(),
  freeFrames: new Set(),
  open: new Map(),
  hasOpened: false,
  sites: new Set(),
  fields: new Set(),
  companions: new Set(),
  hasOtherCode: false,
  isAskedAgain: false,
  hasMetOthers: false,
  isPending: false,
  isArmedLate: false,
  hasEnded: false,
  hasDeparted: false,
  isShared: false,
  page: 0,
  seen: new WeakSet(),
})

/** On one line: each submission and its outcome, then which flags are set, and the sizes of collections. */
export function printed({ submissions, hasEnded: _ended, answeredAt: _answeredAt, ...rest }: Story): string {
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

/** What the parts of a watch share. */
export interface Scene {
  readonly source: Source
  readonly token: string | undefined
  readonly recognise: Recogniser
  /** Whether there is neither `token` nor `submittedWhen`, so that the watch has to guess its submission. */
  readonly isGuessing: boolean
  readonly story: Story
  readonly hints: ReturnType<typeof createHints>
  now(): number
  /** A URL without its secrets. */
  redact(url: string): string
  put(observation: Observation): void
  doubt(name: DoubtName): void
  /** Whether there was, or may have been, a submission. */
  hasBegun(): boolean
  /** Whether there is a verdict. */
  isOver(): boolean
  /** How long the page may still react to its token after the watch has ended, in ms. */
  readonly patience: number
}

/** The page sends something. What it showed before can't be the answer. */
export function sent(story: Story): void {
  story.anticipated = story.within
  story.early = undefined
  story.last = undefined
}
