/**
 * Infers the verdict from observations: the table of verdicts as code. It is pure. Each observation carries the time at
 * which it was made, so processing delays change nothing.
 */

import {
  accepted,
  conflict,
  rejection,
  stands,
  trailOf,
  undecided,
  verdictAtEnd,
  verdictOfSilence,
} from './conclusion.ts'
import { type Doubt, doubts } from './doubts.ts'
import type { Carrier, Observation } from './observation.ts'
import {
  deadline,
  glancing,
  type Inference,
  isByCall,
  isShown,
  type Judged,
  type Pending,
  type Rules,
  settling,
} from './state.ts'
import { withSentence } from './verdict.ts'

/** The trail keeps this many observations, the latest ones. */
const trailLength = 16

export function infer(before: Inference, observation: Observation, rules: Rules): Inference {
  if (before.verdict) return before
  if (observation.kind !== 'told' && observation.at >= deadline(before, rules)) {
    return { ...before, verdict: verdictOfSilence({ ...before, isTimeUp: true }, rules) }
  }
  if (observation.kind === 'time') return before
  if (observation.kind === 'loading') return { ...before, pending: before.pending && prolonged(before.pending) }
  const now = { ...before, trail: [...before.trail.slice(1 - trailLength), observation] }
  switch (observation.kind) {
    case 'submitted':
      return submitted(now, observation)
    case 'answered':
      return { ...now, answered: true }
    case 'left':
      return { ...now, left: true }
    case 'failed':
      return { ...now, failed: true }
    case 'faulted':
      return now.submittedAt === undefined ? now : { ...now, faulted: true }
    case 'doubt':
      return doubted(now, doubts[observation.name].effect, observation.at, rules)
    case 'noted':
      return { ...now, hints: [...now.hints, observation.hint] }
    case 'judged':
      return judged(now, observation, rules)
    case 'ended': {
      const { how } = observation
      const isByItself = now.pending || how === 'process-end'
      return { ...now, verdict: isByItself ? verdictAtEnd(now, rules) : undecided(now, how, rules) }
    }
    case 'told':
      return { ...now, verdict: withSentence({ kind: observation.verdict, by: 'user', why: { trail: trailOf(now) } }) }
  }
}

function doubted(now: Inference, effect: Doubt['effect'], at: number, rules: Rules): Inference {
  if (effect === 'rejection void') return { ...now, isRejectionVoid: true }
  const isLoss = effect === 'attribution lost'
  const { pending } = now
  const stays = pending && (isByCall(pending) || isShown(pending, at))
  // The page has shown it, and the crawler goes on.
  if (isLoss && stays && !isByCall(pending)) return { ...now, verdict: accepted(now, pending.by, rules) }
  const hints = isLoss ? [...now.hints, hintOfLoss] : now.hints
  // A script may have set the URL in anticipation of another request, so an acceptance by that URL no longer counts.
  return { ...now, isSilenceExplained: true, hints, pending: stays ? pending : undefined }
}

const prolonged = ({ by, until }: Pending): Pending => ({ by, until: Math.min(until + glancing, by.at + settling) })

const hintOfAgain =
  'the answer shows a captcha again: where a site does so only when it refused one, pass `rejectedWhen: captchaAgain()`'

const hintOfLoss = 'await `feedback.verdict` before the page is used for something else'

/**
 * A pending acceptance may come from the answer to a request that carried the token but is not the real submission. A
 * new carrier makes it wait for that carrier's answer, too. An acceptance by a URL is dropped.
 */
function submitted(now: Inference, { at, carrier }: Observation & { kind: 'submitted' }): Inference {
  const carriers = now.carriers.includes(carrier) ? now.carriers : [...now.carriers, carrier]
  const isNew = carriers.length > now.carriers.length
  const waits = now.pending && isByCall(now.pending) && isNew && { ...now.pending, until: Number.POSITIVE_INFINITY }
  const stays = now.pending && (isByCall(now.pending) || isShown(now.pending, at)) ? now.pending : undefined
  return { ...now, submittedAt: now.submittedAt ?? at, carriers, pending: waits || stays }
}

function judged(now: Inference, judging: Judged, rules: Rules): Inference {
  const { accepted: acceptance, rejected, doubt, isAgain, answer } = judging
  const isAccepted = acceptance.kind === 'held'
  const isRejected = rejected?.kind === 'held'
  const isOthers = (carrier: Carrier | undefined) => carrier !== undefined && carrier !== answer
  if (isAccepted && (isRejected || doubt !== undefined || (answer?.isCall && isOthers(now.refused))))
    return { ...now, verdict: conflict(now, judging, rules) }
  if (isRejected) {
    // Nothing was submitted, or only faults came back. The page refuses something else.
    if (!answer && (now.submittedAt === undefined || (now.faulted && !now.answered))) return now
    if (now.accepting.some(isOthers) && (answer || !now.isRejectionVoid))
      return { ...now, verdict: conflict(now, judging, rules) }
    return now.isRejectionVoid ? { ...now, refused: answer } : { ...now, verdict: rejection(now, judging, rules) }
  }
  if (isAccepted) return waitingFor(now, judging) ?? { ...now, verdict: accepted(now, judging, rules) }
  const { shows, isBack } = judging
  const { pending } = now
  // The document that sent the token is gone, so no other request can carry it. The new one does not refuse it.
  if (shows === 'document' && stands(now) && isByCall(now.pending))
    return { ...now, verdict: accepted(now, now.pending.by, rules) }
  const silent = [acceptance, rejected].find((opinion) => opinion?.kind === 'none')
  const met = acceptance.kind === 'not-held' && acceptance.because?.startsWith('json()') ? [acceptance.because] : []
  return {
    ...now,
    ...(shows && {
      pending: isByCall(pending) ? (shows === 'url' ? glanced(now, judging.at) : pending) : kept(pending, isBack),
    }),
    hints: [...now.hints, ...met, ...(isAgain ? [hintOfAgain] : [])],
    ...(acceptance.kind === 'not-held' && { declined: true }),
    ...(silent?.kind === 'none' && { cause: now.cause ?? silent.cause }),
  }
}

/** Another URL in the page ends an acceptance by a URL that a script had set, the page that submitted any by a URL. */
const kept = (pending: Pending | undefined, isBack = false) =>
  isBack || pending?.by.shows === 'url' ? undefined : pending

/**
 * The state in which an acceptance waits, or `undefined` if it decides at once. It waits if it came from the answer to
 * a call, because another request may be the real submission, or from the page's URL alone, which the page may leave.
 */
function waitingFor(now: Inference, by: Judged): Inference | undefined {
  const { answer, shows, at, accepted } = by
  const isByUrl = shows === 'url' || (accepted.kind === 'held' && accepted.isByUrl)
  if (!answer?.isCall) return isByUrl ? { ...now, pending: { until: at + glancing, by } } : undefined
  const next = { ...now, accepting: [...now.accepting, answer], pending: now.pending ?? { until: 0, by } }
  const until = stands(next) ? at + settling : Number.POSITIVE_INFINITY
  return { ...next, pending: { ...next.pending, until } }
}

/** The page changed its URL after a call's acceptance, so it acts on that answer. Wait only as long as for a URL. */
const glanced = (now: Inference, at: number) =>
  stands(now) ? { ...now.pending, until: Math.min(now.pending.until, at + glancing) } : now.pending
