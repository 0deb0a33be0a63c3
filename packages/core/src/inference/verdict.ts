import { RegotchaFeedbackError } from '../error.ts'

/** Why a verdict is undecided. */
export type UndecidedReason =
  /** The same evidence shows that the token was accepted and that it was refused; or two requests took it, which ended differently. */
  | 'conflict'
  /** Time ran out: the submission was answered, and neither predicate held. */
  | 'no-match'
  /** Time ran out: no request was seen to take the token to the site. */
  | 'not-submitted'
  /** The submission was never answered. */
  | 'no-answer'
  /** The submission met only network failures, rate limits, server errors or a challenge in front of the site. */
  | 'site-error'
  /** Page, context or browser were closed before a verdict. */
  | 'page-closed'
  | 'page-crashed'
  /** A predicate threw, answered neither true nor false, or could not read what it asked for; nothing else decided. */
  | 'predicate-error'
  /** The user stopped the watch. */
  | 'stopped'
  /** A later watch on the same page took over, and this one has no token to tell them apart. */
  | 'superseded'
  /** The watch has no predicates of its own, and no rule of `sites` matches the page that submitted. */
  | 'no-rule'

/** What a verdict rests on; holds no token, body, key or query value. */
export interface Why {
  /** What the predicate that decided asks, where a combinator says so: `url(**\/dashboard)`. */
  readonly predicate?: string
  /** The evidence that decided, as in the trail. */
  readonly evidence?: string
  /** What would help to get a verdict, or a surer one, next time. */
  readonly hint?: string
  /** The last of what was seen, in order. */
  readonly trail: readonly string[]
}

/** `String(verdict)` is a sentence. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly by: 'acceptedWhen' | 'user'; readonly why: Why }
  /** `silence`: the site answered the submission, neither predicate held in time, and the user had said that this is a rejection. */
  | { readonly kind: 'rejected'; readonly by: 'rejectedWhen' | 'silence' | 'user'; readonly why: Why }
  /** `cause`: what a predicate threw. As in an `Error` it is not enumerable: no log gets it unasked. */
  | { readonly kind: 'undecided'; readonly reason: UndecidedReason; readonly why: Why; readonly cause?: unknown }

/** Gives a verdict its sentence. `redact` takes out what may be secret. */
export function withSentence(verdict: Verdict, redact: (text: string) => string = hideLong): Verdict {
  Object.defineProperty(verdict, 'toString', { value: () => sentence(verdict, redact) })
  return 'cause' in verdict ? Object.defineProperty(verdict, 'cause', { enumerable: false }) : verdict
}

const undecided: Readonly<Record<UndecidedReason, string>> = {
  conflict: 'what the site did shows both an acceptance and a refusal',
  'no-match': 'the site answered, and no predicate held',
  'not-submitted': 'no request was seen to take the token to the site',
  'no-answer': 'the site never answered the submission',
  'site-error': 'the site, or something in front of it, failed',
  'page-closed': 'the page was closed before a verdict',
  'page-crashed': 'the page crashed before a verdict',
  'predicate-error': 'a predicate could not say',
  stopped: 'the watch was stopped',
  superseded: 'a later watch on the same page took over',
  'no-rule': 'no rule of `sites` matches the page',
}

function sentence(verdict: Verdict, redact: (text: string) => string): string {
  const { predicate, evidence, hint } = verdict.why
  const on = `${predicate ? `: ${predicate}` : ''}${evidence ? `, on ${evidence}` : ''}`
  const then = hint ? `; ${hint}` : ''
  if (verdict.kind === 'undecided') {
    const cause = verdict.cause === undefined ? '' : `: ${publicCause(verdict.cause, redact)}`
    return `undecided (${verdict.reason}): ${undecided[verdict.reason]}${on}${cause}${then}`
  }
  if (verdict.by === 'user') return `${verdict.kind}: by the user's word`
  if (verdict.by === 'silence') return 'rejected: the site answered the submission, and no predicate held'
  return `${verdict.kind}: ${verdict.by} held${on}${then}`
}

/** What a predicate of the user's throws may quote a body: only its first words are told. */
export function publicCause(cause: unknown, redact: (text: string) => string): string {
  if (cause instanceof RegotchaFeedbackError) return cause.message
  if (!(cause instanceof Error)) return `it threw a ${typeof cause} (see verdict.cause)`
  const message = redact(cause.message.split('\n', 1)[0] ?? '').slice(0, 120)
  return `it threw ${cause.name}${message && `: ${message}`} (see verdict.cause)`
}

/** Hides what is long enough to be a token, and what an error quotes. */
export const hideLong = (text: string) => text.replace(/"[^"]*"/g, '"…"').replace(/\S{32,}/g, '…')
