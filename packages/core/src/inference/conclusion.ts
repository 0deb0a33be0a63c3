/** Builds verdicts from the inference's state, with their evidence, hints and trail. */

import { descriptionOf, weaknessOf } from '../predicates/combinators.ts'
import { sentence } from './observation.ts'
import { type Inference, isByCall, type Judged, type Pending, type Rules } from './state.ts'
import { type UndecidedReason, type Verdict, type Why, withSentence } from './verdict.ts'

/**
 * Whether an acceptance is pending that nothing contradicts. If it came from an answer, the answers to all carriers
 * must agree.
 */
export const stands = (now: Inference): now is Inference & { readonly pending: Pending } =>
  now.pending !== undefined &&
  (!isByCall(now.pending) || now.carriers.every((carrier) => now.accepting.includes(carrier)))

export const conclusion = (now: Inference, { by }: Pending, rules: Rules) =>
  stands(now) ? accepted(now, by, rules) : undecided(now, 'conflict', rules)

/** The verdict when time runs out. */
export function verdictOfSilence(now: Inference, rules: Rules): Verdict {
  const isOpen = now.isSilenceExplained || now.isRejectionVoid || now.left || !now.declined
  const isTelling = rules.predicates?.silence === 'rejected' && !isOpen
  if (now.pending || !isTelling || reasonOfSilence(now) !== 'no-match') return verdictAtEnd(now, rules)
  return withSentence({ kind: 'rejected', by: 'silence', why: { trail: trailOf(now) } })
}

/** The verdict when no more evidence can come, although there was time left. Then silence is no rejection. */
export function verdictAtEnd(now: Inference, rules: Rules): Verdict {
  return now.pending ? conclusion(now, now.pending, rules) : undecided(now, reasonOfSilence(now), rules)
}

function reasonOfSilence(now: Inference): UndecidedReason {
  // A predicate without an opinion might have held, so it must never lead to a rejection.
  if (now.cause !== undefined) return 'predicate-error'
  if (now.submittedAt === undefined) return 'not-submitted'
  if (now.faulted || (now.failed && !now.left)) return 'site-error'
  return now.answered ? 'no-match' : 'no-answer'
}

const hintsOf: Partial<Record<UndecidedReason, (now: Inference, rules: Rules) => string>> = {
  'not-submitted': () =>
    'check that the token is in the form, that `token` or `submittedWhen` matches it, and that the watch begins before the form is submitted',
  'predicate-error': () => '`verdict.why.trail` shows on what evidence',
  'no-rule': () => 'pass `acceptedWhen`, or add a rule that matches to `sites`',
  'no-answer': ({ left }) =>
    left
      ? 'the page was left before the answer: await `feedback.verdict` before you go on'
      : 'a longer `verdictTimeout` may help',
  'page-closed': () => 'await `feedback.verdict`, or `settled(page)`, before you close the page',
  'no-match': ({ trail }, { predicates }) => {
    const last = trail.findLast(
      (observation): observation is Judged => observation.kind === 'judged' && observation.accepted.kind === 'not-held',
    )
    const name = predicates && descriptionOf(predicates.acceptedWhen)
    const miss = last && `\`acceptedWhen\`${name ? ` (${name})` : ''} did not hold on ${last.seen()}; `
    const next = predicates?.rejectedWhen
      ? 'let `acceptedWhen` or `rejectedWhen` test for something in the trail'
      : "let `acceptedWhen` test for something in the trail, or pass `rejectedWhen`, or `silence: 'rejected'` if the site refuses without a word"
    return `${miss ?? ''}${next}`
  },
}

export function undecided(now: Inference, reason: UndecidedReason, rules: Rules): Verdict {
  const known = [...new Set([hintOfRivals(now), ...now.hints.toReversed(), hintsOf[reason]?.(now, rules)])]
  const hint = known.filter((hint) => hint !== undefined).join('; ')
  const cause = now.cause === undefined ? {} : { cause: now.cause }
  const isUseful = hint && reason !== 'stopped' && reason !== 'superseded'
  const why = { ...(isUseful && { hint }), trail: trailOf(now, reason) }
  return withSentence({ kind: 'undecided', reason, why, ...cause }, rules.redact)
}

function hintOfRivals({ carriers: [first, second] }: Inference): string | undefined {
  const names = first && second && `${first.name} and ${second.name}`
  return names && `${names} both took the token: pass \`token\` and \`submittedWhen\` to say which is the submission`
}

export function conflict(now: Inference, judging: Judged, rules: Rules): Verdict {
  const { doubt } = judging
  const hint = doubt ? `${doubt}: let \`acceptedWhen\` look at the body, too` : hintOfRivals(now)
  const why = { ...whyOf(now, judging), ...(hint && { hint }) }
  return withSentence({ kind: 'undecided', reason: 'conflict', why }, rules.redact)
}

export const accepted = (now: Inference, judging: Judged, rules: Rules) =>
  withSentence({ kind: 'accepted', by: 'acceptedWhen', why: whyOf(now, judging, rules.predicates?.acceptedWhen) })

export const rejection = (now: Inference, judging: Judged, rules: Rules) =>
  withSentence({
    kind: 'rejected',
    by: 'rejectedWhen',
    why: whyOf(now, judging, rules.predicates?.rejectedWhen ?? { description: 'captchaRefused()' }),
  })

function whyOf(now: Inference, { seen, rejected }: Judged, by: object = {}): Why {
  const predicate = descriptionOf(by)
  const hint = weaknessOf(by)
  const because = rejected?.kind === 'held' && rejected.because ? ` (${rejected.because})` : ''
  return {
    ...(predicate && { predicate }),
    evidence: `${seen()}${because}`,
    ...(hint && { hint }),
    trail: trailOf(now),
  }
}

export function trailOf({ armedAt, trail, isTimeUp }: Inference, reason?: UndecidedReason): string[] {
  const lines = trail.map((observation) => `+${observation.at - armedAt} ms ${sentence(observation)}`)
  return isTimeUp && reason === 'no-match' ? [...lines, 'time ran out; acceptedWhen was asked once more'] : lines
}
