import { RegotchaFeedbackError } from '../error.ts'

/** Why a verdict is undecided. */
export type UndecidedReason =
  /**
   * The same evidence shows both acceptance and refusal, or two requests carried the token and got different answers.
   */
  | 'conflict'
  /** The submission was answered, and neither predicate held in time. */
  | 'no-match'
  /** Time ran out before any request was seen that carried the token to the site. */
  | 'not-submitted'
  /** The submission was never answered. */
  | 'no-answer'
  /** The submission met only network failures, rate limits, server errors or a challenge in front of the site. */
  | 'site-error'
  /** The page, context or browser was closed before a verdict. */
  | 'page-closed'
  | 'page-crashed'
  /** A predicate threw, returned neither true nor false, or could not read its evidence; nothing else decided. */
  | 'predicate-error'
  /** The user stopped the watch. */
  | 'stopped'
  /** A later watch on the same page took over. This one has no token to tell them apart. */
  | 'superseded'
  /** The watch has no predicates of its own, and no rule of `sites` matches the page that submitted. */
  | 'no-rule'

/** What a verdict is based on. It contains no token, body, key or query value. */
export interface Why {
  /** The predicate that decided, if it is a combinator: `url(**\/dashboard)`. */
  readonly predicate?: string
  /** The evidence that decided, as in the trail. */
  readonly evidence?: string
  /** What would help to get a verdict, or a more certain one, next time. */
  readonly hint?: string
  /** The latest observations, in order. */
  readonly trail: readonly string[]
}

/** `String(verdict)` returns a sentence. */
export type Verdict =
  | { readonly kind: 'accepted'; readonly by: 'acceptedWhen' | 'user'; readonly why: Why }
  /**
   * `silence`: the site answered the submission, neither predicate held in time, and the option `silence` makes that a
   * rejection.
   */
  | { readonly kind: 'rejected'; readonly by: 'rejectedWhen' | 'silence' | 'user'; readonly why: Why }
  /** `cause`: what a predicate threw. It is not enumerable, as in an `Error`, so that logs do not get it unasked. */
  | { readonly kind: 'undecided'; readonly reason: UndecidedReason; readonly why: Why; readonly cause?: unknown }

/** Gives a verdict its sentence. `redact` removes what may be secret. */
export function withSentence(verdict: Verdict, redact: (text: string) => string = hideLong): Verdict {
  Object.defineProperty(verdict, 'toString', { value: () => sentence(verdict, redact) })
  return 'cause' in verdict ? Object.defineProperty(verdict, 'cause', { enumerable: false }) : verdict
}

const undecided: Readonly<Record<UndecidedReason, string>> = {
  conflict: 'what the site did shows both an acceptance and a refusal',
  'no-match': 'the site answered, and no predicate held',
  'not-submitted': 'no request carried the token to the site',
  'no-answer': 'the site never answered the submission',
  'site-error': 'the site, or something in front of it, failed',
  'page-closed': 'the page was closed before a verdict',
  'page-crashed': 'the page crashed before a verdict',
  'predicate-error': 'a predicate gave no answer',
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

/** Describes what a predicate threw. A user's error may quote a body, so it is redacted and cut to 120 characters. */
export function publicCause(cause: unknown, redact: (text: string) => string): string {
  if (cause instanceof RegotchaFeedbackError) return cause.message
  if (!(cause instanceof Error)) return `it threw a ${typeof cause} (see verdict.cause)`
  const message = redact(cause.message.split('\n', 1)[0] ?? '').slice(0, 120)
  return `it threw ${cause.name}${message && `: ${message}`} (see verdict.cause)`
}

/** Hides quoted text, and words long enough to be a token. */
export const hideLong = (text: string) => text.replace(/"[^"]*"/g, '"…"').replace(/\S{32,}/g, '…')
