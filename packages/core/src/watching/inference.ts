/**
 * From what was observed to the verdict: the table of verdicts as code. Pure: observations carry the time at which
 * they were made, so how long anything took to be handled changes nothing.
 */
import { descriptionOf } from './combinators.ts'
import type { Opinion } from './predicate.ts'
import type { Predicates } from './sites.ts'
import { speaking, type UndecidedReason, type Verdict } from './verdict.ts'

export interface Rules {
  /** Milliseconds from arming to the submission. */
  readonly submissionTimeout: number
  /** Milliseconds from the submission to the verdict. */
  readonly verdictTimeout: number
  readonly hasRejectedWhen: boolean
  /** What the predicates ask, where they can say it. */
  readonly asks?: { readonly acceptedWhen?: string | undefined; readonly rejectedWhen?: string | undefined }
}

export function rulesOf(
  { submissionTimeout, verdictTimeout }: Pick<Rules, 'submissionTimeout' | 'verdictTimeout'>,
  predicates: Predicates | undefined,
): Rules {
  const asks = (name: keyof Predicates) => predicates?.[name] && descriptionOf(predicates[name])
  return {
    submissionTimeout,
    verdictTimeout,
    hasRejectedWhen: predicates?.rejectedWhen !== undefined,
    asks: { acceptedWhen: asks('acceptedWhen'), rejectedWhen: asks('rejectedWhen') },
  }
}

export type Observation =
  /** A request took the token to the site. */
  | { readonly kind: 'submitted'; readonly at: number; readonly seen: () => string }
  /** The submission was answered, redirects followed to their end. */
  | { readonly kind: 'answered'; readonly at: number; readonly status: number }
  /** The submission met a network failure. */
  | { readonly kind: 'failed'; readonly at: number }
  /** What came of the submission met a fault of the site or the network. */
  | { readonly kind: 'faulted'; readonly at: number; readonly seen: () => string }
  /** From now on the site can still accept the token, and no longer reject it. */
  | { readonly kind: 'spared'; readonly at: number; readonly seen: () => string }
  /** From now on the silence of `acceptedWhen` does not show that the site rejected the token. */
  | { readonly kind: 'unsure'; readonly at: number; readonly seen: () => string; readonly isBeyond?: boolean }
  /** The predicates gave their opinion of a piece of evidence. */
  | {
      readonly kind: 'judged'
      readonly at: number
      readonly seen: () => string
      readonly accepted: Opinion
      readonly rejected?: Opinion | undefined
    }
  | { readonly kind: 'time'; readonly at: number }
  /** Nothing more will be observed. */
  | {
      readonly kind: 'ended'
      readonly at: number
      readonly how: 'page-closed' | 'page-crashed' | 'stopped' | 'superseded' | 'no-rule'
    }
  /** The user knows. */
  | { readonly kind: 'told'; readonly at: number; readonly verdict: 'accepted' | 'rejected' }

export interface Inference {
  readonly armedAt: number
  readonly submittedAt?: number
  /** Whether some submission was answered in a way that can be about the token. */
  readonly answered?: boolean
  /** Whether some submission, or what came of it, met a fault of the site or the network. */
  readonly faulted?: boolean
  /** Whether what follows may be about a token that is spent, or a form behind it: it can no longer reject it. */
  readonly spared?: boolean
  /** Whether the site may have accepted the token where `acceptedWhen` was not asked. */
  readonly unsure?: boolean
  /** Whether it held where it did not count: beyond the scope. */
  readonly heldBeyond?: boolean | undefined
  /** Whether `acceptedWhen` was asked and said no. */
  readonly declined?: boolean
  /** Why a predicate had no opinion, the first time that one had none. */
  readonly cause?: unknown
  readonly trail: readonly Observation[]
  readonly verdict?: Verdict
}

/** How many observations a verdict's trail tells of. */
const trailLength = 16

export function arm(at: number): Inference {
  return { armedAt: at, trail: [] }
}

/** When time runs out, as far as is known now. */
export function deadline(inference: Inference, rules: Rules): number {
  return inference.submittedAt === undefined
    ? inference.armedAt + rules.submissionTimeout
    : inference.submittedAt + rules.verdictTimeout
}

export function infer(before: Inference, observation: Observation, rules: Rules): Inference {
  if (before.verdict) return before
  if (observation.kind !== 'told' && observation.at >= deadline(before, rules)) {
    return { ...before, verdict: verdictByDeadline(before, rules) }
  }
  if (observation.kind === 'time') return before
  const now = { ...before, trail: [...before.trail.slice(1 - trailLength), observation] }
  switch (observation.kind) {
    case 'submitted':
      return { ...now, submittedAt: now.submittedAt ?? observation.at }
    case 'answered':
      return isAboutTheSite(observation.status) ? { ...now, faulted: true } : { ...now, answered: true }
    case 'failed':
    case 'faulted':
      return now.submittedAt === undefined ? now : { ...now, faulted: true }
    case 'spared':
      return { ...now, spared: true }
    case 'unsure':
      return { ...now, unsure: true, heldBeyond: now.heldBeyond || observation.isBeyond }
    case 'judged':
      return judged(now, observation, rules)
    case 'ended':
      return { ...now, verdict: undecided(now, observation.how) }
    case 'told':
      return { ...now, verdict: speaking({ kind: observation.verdict, by: 'user', why: { trail: told(now) } }) }
  }
}

function judged(
  now: Inference,
  { seen, accepted, rejected }: Observation & { kind: 'judged' },
  rules: Rules,
): Inference {
  const why = (by?: 'acceptedWhen' | 'rejectedWhen') => {
    const predicate = by && rules.asks?.[by]
    return { ...(predicate && { predicate }), evidence: seen(), trail: told(now) }
  }
  const isRejected = rejected?.kind === 'held' && !now.spared
  if (accepted.kind === 'held' && isRejected) {
    return { ...now, verdict: speaking({ kind: 'undecided', reason: 'conflict', why: why() }) }
  }
  if (isRejected || accepted.kind === 'held') {
    const decided = isRejected
      ? ({ kind: 'rejected', by: 'rejectedWhen' } as const)
      : ({ kind: 'accepted', by: 'acceptedWhen' } as const)
    return { ...now, verdict: speaking({ ...decided, why: why(decided.by) }) }
  }
  const silent = [accepted, rejected].find((opinion) => opinion?.kind === 'none')
  return {
    ...now,
    ...(accepted.kind === 'not-held' && { declined: true }),
    ...(silent && { cause: now.cause ?? silent.cause }),
  }
}

function verdictByDeadline(now: Inference, rules: Rules): Verdict {
  // A predicate that could not say might have held, so its silence must never become a rejection.
  if (now.cause !== undefined) return undecided(now, 'predicate-error')
  if (now.submittedAt === undefined) return undecided(now, 'not-submitted')
  if (now.faulted) return undecided(now, 'site-error')
  if (!now.answered) return undecided(now, 'no-answer')
  if (rules.hasRejectedWhen || now.spared || now.unsure) return undecided(now, 'no-match')
  if (!now.declined) return undecided(now, 'no-answer')
  return speaking({ kind: 'rejected', by: 'deadline', why: { trail: told(now) } })
}

const hints: Partial<Record<UndecidedReason, string>> = {
  'not-submitted': 'pass `token` or `submittedWhen`, and arm the watch before the form is submitted',
  'no-rule': 'pass `acceptedWhen`, or add a rule that matches to `sites`',
}

const hintOfScope = "if all that holds for `acceptedWhen` shows success, pass `scope: 'page'`"

function undecided(now: Inference, reason: UndecidedReason): Verdict {
  const hint = reason === 'no-match' && now.heldBeyond ? hintOfScope : hints[reason]
  return speaking({
    kind: 'undecided',
    reason,
    why: { ...(hint && { hint }), trail: told(now) },
    ...(now.cause !== undefined && { cause: now.cause }),
  })
}

/** A site that is broken or overloaded says nothing about a token, nor does a proxy that wants to be paid. */
export function isAboutTheSite(status = 0): boolean {
  return status >= 500 || [407, 408, 425, 429].includes(status)
}

function told({ armedAt, trail }: Inference): string[] {
  return trail.map((observation) => `+${observation.at - armedAt} ms ${sentence(observation)}`)
}

const said: Readonly<Record<Opinion['kind'], string>> = {
  held: 'held',
  'not-held': 'did not hold',
  none: 'could not say',
}

function sentence(observation: Observation): string {
  switch (observation.kind) {
    case 'submitted':
      return `submitted: ${observation.seen()}`
    case 'answered':
      return `submission answered: ${observation.status}`
    case 'failed':
      return 'submission failed: no answer'
    case 'faulted':
    case 'unsure':
      return observation.seen()
    case 'spared':
      return `${observation.seen()}: rejections no longer count`
    case 'judged': {
      const { seen, accepted, rejected } = observation
      return `${seen()}: acceptedWhen ${said[accepted.kind]}${rejected ? `, rejectedWhen ${said[rejected.kind]}` : ''}`
    }
    case 'ended':
      return observation.how
    case 'told':
      return `the user said: ${observation.verdict}`
    case 'time':
      return 'time'
  }
}
