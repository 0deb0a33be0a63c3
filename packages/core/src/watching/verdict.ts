import { RegotchaFeedbackError } from '../error.ts'

/** Why a verdict is undecided. */
export type UndecidedReason =
  /** Both predicates held on the same evidence. */
  | 'conflict'
  /** Time ran out: `rejectedWhen` was given, and neither predicate held. */
  | 'no-match'
  /** Time ran out: no request was seen to take the token to the site. */
  | 'not-submitted'
  /** The submission was never answered. */
  | 'no-answer'
  /** The submission met only network failures, rate limits and server errors: nothing of which is the token's fault. */
  | 'site-error'
  /** Page, context or browser were closed before a verdict. */
  | 'page-closed'
  | 'page-crashed'
  /** A predicate threw, answered neither true nor false, or could not read what it asked for; nothing else decided. */
  | 'predicate-error'
  /** The user stopped the watch. */
  | 'stopped'
  /** A later watch on the same page took over; neither has a token to tell them apart. */
  | 'superseded'
  /** The watch has no predicates of its own, and no rule of `sites` matches the page that submitted. */
  | 'no-rule'

/** What a verdict rests on; holds no token, body, key or query value. */
export interface Why {
  /** What the predicate that decided asks, where a combinator says so: `url(**\/dashboard)`. */
  readonly predicate?: string
  /** The evidence that decided, as in the trail. */
  readonly evidence?: string
  /** What would help to get a verdict next time. */
  readonly hint?: string
  /** The last of what was seen, in order. */
  readonly trail: readonly string[]
}

/** `String(verdict)` is a sentence. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly by: 'acceptedWhen' | 'user'; readonly why: Why }
  /** `deadline`: the site answered the submission, and `acceptedWhen` held on nothing it did in time. */
  | { readonly kind: 'rejected'; readonly by: 'rejectedWhen' | 'deadline' | 'user'; readonly why: Why }
  /** `cause`: what a predicate threw. As in an `Error` it is not enumerable: no log gets it unasked. */
  | { readonly kind: 'undecided'; readonly reason: UndecidedReason; readonly why: Why; readonly cause?: unknown }

/** Gives a verdict its sentence. */
export function speaking(verdict: Verdict): Verdict {
  Object.defineProperty(verdict, 'toString', { value: () => sentence(verdict) })
  return 'cause' in verdict ? Object.defineProperty(verdict, 'cause', { enumerable: false }) : verdict
}

const undecided: Readonly<Record<UndecidedReason, string>> = {
  conflict: 'acceptedWhen and rejectedWhen both held on the same evidence',
  'no-match': 'neither predicate held in time',
  'not-submitted': 'no request was seen to take the token to the site',
  'no-answer': 'the site never answered the submission',
  'site-error': 'the site itself failed',
  'page-closed': 'the page was closed before a verdict',
  'page-crashed': 'the page crashed before a verdict',
  'predicate-error': 'a predicate could not say',
  stopped: 'the watch was stopped',
  superseded: 'a later watch on the same page took over',
  'no-rule': 'no rule of `sites` matches the page',
}

function sentence(verdict: Verdict): string {
  const { predicate, evidence, hint } = verdict.why
  const on = `${predicate ? `: ${predicate}` : ''}${evidence ? `, on ${evidence}` : ''}`
  if (verdict.kind === 'undecided') {
    const cause = verdict.cause === undefined ? '' : `: ${publicCause(verdict.cause)}`
    return `undecided (${verdict.reason}): ${undecided[verdict.reason]}${on}${cause}${hint ? `; ${hint}` : ''}`
  }
  if (verdict.by === 'user') return `${verdict.kind}: by the user's word`
  if (verdict.by === 'deadline')
    return 'rejected: the site answered the submission, and acceptedWhen never held in time'
  return `${verdict.kind}: ${verdict.by} held${on}`
}

/** What a predicate of the user's throws may quote the body or the token: of that only its class is told. */
function publicCause(cause: unknown): string {
  if (cause instanceof RegotchaFeedbackError) return cause.message
  return `it threw ${cause instanceof Error ? cause.name : `a ${typeof cause}`} (see verdict.cause)`
}
