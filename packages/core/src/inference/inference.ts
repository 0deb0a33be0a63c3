/**
 * From what was observed to the verdict: the table of verdicts as code. Pure: observations carry the time at which
 * they were made, so how long anything took to be handled changes nothing.
 */

import { descriptionOf, weaknessOf } from '../predicates/combinators.ts'
import type { Predicates } from '../predicates/sites.ts'
import { type Doubt, doubts } from './doubts.ts'
import { type Carrier, type Observation, sentence } from './observation.ts'
import { speaking, type UndecidedReason, type Verdict, type Why } from './verdict.ts'

type Judged = Observation & { kind: 'judged' }

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
interface Pending {
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
  readonly spared?: boolean
  /** Whether the silence of the predicates says nothing. */
  readonly unsure?: boolean
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

/** How many observations a verdict's trail tells of. */
const trailLength = 16

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

export function infer(before: Inference, observation: Observation, rules: Rules): Inference {
  if (before.verdict) return before
  if (observation.kind !== 'told' && observation.at >= deadline(before, rules)) {
    return { ...before, verdict: verdictOfSilence({ ...before, isTimeUp: true }, rules) }
  }
  if (observation.kind === 'time') return before
  const now = { ...before, trail: [...before.trail.slice(1 - trailLength), observation] }
  switch (observation.kind) {
    case 'submitted':
      return submitted(now, observation)
    case 'answered':
      return { ...now, answered: true }
    case 'left':
      return { ...now, left: true }
    case 'moved':
      return stands(now) && now.pending.by.answer ? { ...now, verdict: conclusion(now, now.pending, rules) } : before
    case 'failed':
      return { ...now, failed: true }
    case 'faulted':
      return now.submittedAt === undefined ? now : { ...now, faulted: true }
    case 'doubt':
      return doubted(now, doubts[observation.name].effect)
    case 'noted':
      return { ...now, hints: [...now.hints, observation.hint] }
    case 'judged':
      return judged(now, observation, rules)
    case 'ended':
      return {
        ...now,
        verdict: now.pending ? conclusion(now, now.pending, rules) : undecided(now, observation.how, rules),
      }
    case 'told':
      return { ...now, verdict: speaking({ kind: observation.verdict, by: 'user', why: { trail: told(now) } }) }
  }
}

function doubted(now: Inference, effect: Doubt['effect']): Inference {
  if (effect === 'rejection void') return { ...now, spared: true }
  const hints = effect === 'attribution lost' ? [...now.hints, hintOfLoss] : now.hints
  // What a script has just shown may anticipate what it sends for another token.
  return { ...now, unsure: true, hints, pending: now.pending?.by.answer && now.pending }
}

const hintOfLoss = 'await `feedback.verdict` before the page is used for something else'

/** An acceptance that waited was perhaps by the answer to a request that merely took the token along. */
function submitted(now: Inference, { at, carrier }: Observation & { kind: 'submitted' }): Inference {
  const carriers = now.carriers.includes(carrier) ? now.carriers : [...now.carriers, carrier]
  const isByCall = now.pending?.by.answer !== undefined
  const until = carriers.length > now.carriers.length ? Number.POSITIVE_INFINITY : now.pending?.until
  const pending = now.pending && isByCall ? { ...now.pending, until: until ?? at } : undefined
  return { ...now, submittedAt: now.submittedAt ?? at, carriers, pending }
}

/** Whether an acceptance that waits is one of all requests that took the token. */
const stands = (now: Inference): now is Inference & { readonly pending: Pending } =>
  now.pending !== undefined &&
  (!now.pending.by.answer || now.carriers.every((carrier) => now.accepting.includes(carrier)))

const conclusion = (now: Inference, { by }: Pending, rules: Rules) =>
  stands(now) ? accepted(now, by, rules) : undecided(now, 'conflict', rules)

function judged(now: Inference, judging: Judged, rules: Rules): Inference {
  const { accepted: acceptance, rejected, doubt, isAgain, answer } = judging
  const isAccepted = acceptance.kind === 'held'
  const isRejected = rejected?.kind === 'held'
  const isOthers = (carrier: Carrier | undefined) => carrier !== undefined && carrier !== answer
  if (isAccepted && (isRejected || doubt !== undefined || (answer?.isCall && isOthers(now.refused))))
    return { ...now, verdict: conflict(now, judging, rules) }
  if (isRejected) {
    // Where nothing took the token to the site, or only to a wall in front of it, the page goes by something else.
    if (!answer && (now.submittedAt === undefined || (now.faulted && !now.answered))) return now
    if (now.accepting.some(isOthers) && (answer || !now.spared))
      return { ...now, verdict: conflict(now, judging, rules) }
    return now.spared ? { ...now, refused: answer } : { ...now, verdict: rejection(now, judging, rules) }
  }
  if (isAccepted) return waitingFor(now, judging) ?? { ...now, verdict: accepted(now, judging, rules) }
  const isTakenBack = judging.isWithin && !now.pending?.by.answer
  const silent = [acceptance, rejected].find((opinion) => opinion?.kind === 'none')
  const met = acceptance.kind === 'not-held' && acceptance.because?.startsWith('json()') ? [acceptance.because] : []
  return {
    ...now,
    ...(isTakenBack && { pending: undefined }),
    hints: [...now.hints, ...met, ...(isAgain ? [hintOfAgain] : [])],
    ...(acceptance.kind === 'not-held' && { declined: true }),
    ...(silent?.kind === 'none' && { cause: now.cause ?? silent.cause }),
  }
}

/** An acceptance by what a script may do for another reason, or before the site answered, waits. */
function waitingFor(now: Inference, by: Judged): Inference | undefined {
  const { answer, isWithin, at } = by
  if (!answer?.isCall) return isWithin ? { ...now, pending: { until: at + glancing, by } } : undefined
  const next = { ...now, accepting: [...now.accepting, answer], pending: now.pending ?? { until: 0, by } }
  const until = stands(next) ? at + settling : Number.POSITIVE_INFINITY
  return { ...next, pending: { ...next.pending, until } }
}

/** Where nothing more will come, or time ran out for it. */
export function verdictOfSilence(now: Inference, rules: Rules): Verdict {
  if (now.pending) return conclusion(now, now.pending, rules)
  // A predicate that could not say might have held, so its silence must never become a rejection.
  if (now.cause !== undefined) return undecided(now, 'predicate-error', rules)
  if (now.submittedAt === undefined) return undecided(now, 'not-submitted', rules)
  if (now.faulted || (now.failed && !now.left)) return undecided(now, 'site-error', rules)
  if (!now.answered) return undecided(now, 'no-answer', rules)
  const isOpen = now.unsure || now.spared || now.left || !now.declined
  const isTelling = rules.predicates?.silence === 'rejected' && !isOpen
  if (!isTelling) return undecided(now, 'no-match', rules)
  return speaking({ kind: 'rejected', by: 'silence', why: { trail: told(now) } })
}

const hintOfAgain =
  'the answer shows a captcha again: where a site does so only when it refused one, pass `rejectedWhen: captchaAgain()`'

const hintsOf: Partial<Record<UndecidedReason, (now: Inference, rules: Rules) => string>> = {
  'not-submitted': () => 'pass `token` or `submittedWhen`, and arm the watch before the form is submitted',
  'no-rule': () => 'pass `acceptedWhen`, or add a rule that matches to `sites`',
  'no-answer': ({ left }) =>
    left
      ? 'the page was left before the answer: await `feedback.verdict` before you go on'
      : 'a longer `verdictTimeout` may help',
  'page-closed': () => 'await `feedback.verdict`, or `settled(page)`, before you close the page',
  'no-match': (_, { predicates }) =>
    predicates?.rejectedWhen
      ? 'let `acceptedWhen` or `rejectedWhen` hold on something of the trail'
      : "let `acceptedWhen` hold on something of the trail, pass `rejectedWhen` for how the site refuses, or `silence: 'rejected'` where it does so without a word",
}

function undecided(now: Inference, reason: UndecidedReason, rules: Rules): Verdict {
  const known = [...new Set([hintOfRivals(now), ...now.hints.toReversed(), hintsOf[reason]?.(now, rules)])]
  const hint = known.filter((hint) => hint !== undefined).join('; ')
  const cause = now.cause === undefined ? {} : { cause: now.cause }
  const isUseful = hint && reason !== 'stopped' && reason !== 'superseded'
  const why = { ...(isUseful && { hint }), trail: told(now, reason) }
  return speaking({ kind: 'undecided', reason, why, ...cause }, rules.redact)
}

function hintOfRivals({ carriers: [first, second] }: Inference): string | undefined {
  const names = first && second && `${first.name} and ${second.name}`
  return names && `${names} both took the token: pass \`token\` and \`submittedWhen\` to say which is the submission`
}

function conflict(now: Inference, judging: Judged, rules: Rules): Verdict {
  const { doubt } = judging
  const hint = doubt ? `${doubt}: let \`acceptedWhen\` look at the body, too` : hintOfRivals(now)
  const why = { ...whyOf(now, judging), ...(hint && { hint }) }
  return speaking({ kind: 'undecided', reason: 'conflict', why }, rules.redact)
}

const accepted = (now: Inference, judging: Judged, rules: Rules) =>
  speaking({ kind: 'accepted', by: 'acceptedWhen', why: whyOf(now, judging, rules.predicates?.acceptedWhen) })

const rejection = (now: Inference, judging: Judged, rules: Rules) =>
  speaking({
    kind: 'rejected',
    by: 'rejectedWhen',
    why: whyOf(now, judging, rules.predicates?.rejectedWhen ?? { description: 'captchaRefused()' }),
  })

function whyOf(now: Inference, { seen, rejected }: Judged, by: object = {}): Why {
  const predicate = descriptionOf(by)
  const hint = weaknessOf(by)
  const because = rejected?.kind === 'held' && rejected.because ? ` (${rejected.because})` : ''
  return { ...(predicate && { predicate }), evidence: `${seen()}${because}`, ...(hint && { hint }), trail: told(now) }
}

function told({ armedAt, trail, isTimeUp }: Inference, reason?: UndecidedReason): string[] {
  const lines = trail.map((observation) => `+${observation.at - armedAt} ms ${sentence(observation)}`)
  return isTimeUp && reason === 'no-match' ? [...lines, 'time ran out; acceptedWhen was asked once more'] : lines
}
