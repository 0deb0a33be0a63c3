/**
 * From what was observed to the verdict: the table of verdicts as code. Pure: observations carry the time at which
 * they were made, so how long anything took to be handled changes nothing.
 */
import { descriptionOf, weaknessOf } from './combinators.ts'
import { type Observation, sentence } from './observation.ts'
import type { Predicates } from './sites.ts'
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

/** An acceptance by the answer to a call, which stands unless another request takes the token soon. */
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
  /** What two requests that took the token to the site were: the first one's answer looked like an acceptance. */
  readonly rivals?: string
  /** Why a predicate had no opinion, the first time that one had none. */
  readonly cause?: unknown
  /** What would help, the most telling first. */
  readonly hints: readonly string[]
  readonly trail: readonly Observation[]
  readonly verdict?: Verdict
}

/** How many observations a verdict's trail tells of. */
const trailLength = 16

/** How long the acceptance of a call that leaves the page where it was waits for another request to take the token, in ms. */
export const settling = 2_000

export function arm(at: number): Inference {
  return { armedAt: at, trail: [], hints: [] }
}

/** When time runs out, as far as is known now. */
export function deadline({ armedAt, submittedAt, pending }: Inference, rules: Rules): number {
  const end = submittedAt === undefined ? armedAt + rules.submissionTimeout : submittedAt + rules.verdictTimeout
  return Math.min(end, pending?.until ?? end)
}

export function infer(before: Inference, observation: Observation, rules: Rules): Inference {
  if (before.verdict) return before
  if (observation.kind !== 'told' && observation.at >= deadline(before, rules)) {
    return { ...before, verdict: verdictByDeadline(before, rules) }
  }
  if (observation.kind === 'time') return before
  const now = { ...before, trail: [...before.trail.slice(1 - trailLength), observation] }
  const stands = now.pending && observation.kind !== 'submitted' && accepted(now, now.pending.by, rules)
  switch (observation.kind) {
    case 'submitted':
      return submitted(now, observation)
    case 'answered':
      return { ...now, answered: true }
    case 'left':
      return { ...now, left: true }
    case 'moved':
      return stands ? { ...now, verdict: stands } : { ...before }
    case 'failed':
      return { ...now, failed: true }
    case 'faulted':
      return now.submittedAt === undefined ? now : { ...now, faulted: true }
    case 'spared':
      return { ...now, spared: true }
    case 'noted': {
      const { hint, isUnsure } = observation
      return { ...now, ...(hint && { hints: [...now.hints, hint] }), ...(isUnsure && { unsure: true }) }
    }
    case 'judged':
      return judged(now, observation, rules)
    case 'ended':
      return { ...now, verdict: stands || undecided(now, observation.how, rules) }
    case 'told':
      return { ...now, verdict: speaking({ kind: observation.verdict, by: 'user', why: { trail: told(now) } }) }
  }
}

/** An acceptance that waited for this to happen was perhaps of a request that merely took the token along. */
function submitted(now: Inference, { at, carrier, isOther }: Observation & { kind: 'submitted' }): Inference {
  const { pending, ...rest } = now
  const next = { ...rest, submittedAt: now.submittedAt ?? at }
  if (!pending || !isOther) return { ...next, ...(pending && { pending }) }
  return { ...next, spared: true, rivals: `${pending.by.answer?.name} and ${carrier.name}` }
}

function judged(now: Inference, judging: Judged, rules: Rules): Inference {
  const { accepted: acceptance, rejected, doubt, isAgain, answer, at } = judging
  const isAccepted = acceptance.kind === 'held'
  const isRejected = rejected?.kind === 'held'
  if (isAccepted && (isRejected || doubt !== undefined)) return { ...now, verdict: conflict(now, judging, rules) }
  if (isRejected && (now.rivals || !now.spared)) {
    const isContradiction = now.rivals ?? now.pending
    return { ...now, verdict: (isContradiction ? conflict : rejection)(now, judging, rules) }
  }
  if (isAccepted) {
    if (!answer?.isCall) return { ...now, verdict: accepted(now, judging, rules) }
    return { ...now, pending: now.pending ?? { until: at + settling, by: judging } }
  }
  const silent = [acceptance, rejected].find((opinion) => opinion?.kind === 'none')
  const met = acceptance.kind === 'not-held' && acceptance.because?.startsWith('json()') ? [acceptance.because] : []
  return {
    ...now,
    hints: [...now.hints, ...met, ...(isAgain ? [hintOfAgain] : [])],
    ...(acceptance.kind === 'not-held' && { declined: true }),
    ...(silent?.kind === 'none' && { cause: now.cause ?? silent.cause }),
  }
}

function verdictByDeadline(now: Inference, rules: Rules): Verdict {
  if (now.pending) return accepted(now, now.pending.by, rules)
  // A predicate that could not say might have held, so its silence must never become a rejection.
  if (now.cause !== undefined) return undecided(now, 'predicate-error', rules)
  if (now.submittedAt === undefined) return undecided(now, 'not-submitted', rules)
  if (now.rivals) return undecided(now, 'conflict', rules)
  if (now.faulted || (now.failed && !now.left)) return undecided(now, 'site-error', rules)
  if (!now.answered) return undecided(now, 'no-answer', rules)
  const isTelling = rules.predicates?.silence === 'rejected' && now.declined && !now.unsure && !now.spared
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
  const rivals = now.rivals && hintOfRivals(now.rivals)
  const known = [...new Set([rivals, ...now.hints.toReversed(), hintsOf[reason]?.(now, rules)])]
  const hint = known.filter((hint) => hint !== undefined).join('; ')
  const cause = now.cause === undefined ? {} : { cause: now.cause }
  const isUseful = hint && reason !== 'stopped' && reason !== 'superseded'
  const why = { ...(isUseful && { hint }), trail: told(now, reason) }
  return speaking({ kind: 'undecided', reason, why, ...cause }, rules.redact)
}

const hintOfRivals = (rivals: string) =>
  `${rivals} both took the token: pass \`token\` and \`submittedWhen\` to say which is the submission`

function conflict(now: Inference, judging: Judged, rules: Rules): Verdict {
  const rivals =
    now.rivals ?? (now.pending && `${now.pending.by.answer?.name} and ${judging.answer?.name ?? judging.seen()}`)
  const hint = judging.doubt
    ? `${judging.doubt}: let \`acceptedWhen\` look at the body, too`
    : rivals && judging.accepted.kind !== 'held'
      ? hintOfRivals(rivals)
      : undefined
  return speaking(
    { kind: 'undecided', reason: 'conflict', why: { ...whyOf(now, judging), ...(hint && { hint }) } },
    rules.redact,
  )
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

function told({ armedAt, trail }: Inference, reason?: UndecidedReason): string[] {
  const lines = trail.map((observation) => `+${observation.at - armedAt} ms ${sentence(observation)}`)
  return reason === 'no-match' ? [...lines, 'time ran out; acceptedWhen was asked once more'] : lines
}
