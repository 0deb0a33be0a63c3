/**
 * From what was observed to the verdict: the table of verdicts as code. Pure: observations carry the time at which
 * they were made, so how long anything took to be handled changes nothing.
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
import { deadline, glancing, type Inference, type Judged, type Rules, settling } from './state.ts'
import { withSentence } from './verdict.ts'

/** How many observations a verdict's trail tells of. */
const trailLength = 16

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
    case 'ended': {
      const { how } = observation
      const isByItself = now.pending || how === 'process-end'
      return { ...now, verdict: isByItself ? verdictAtEnd(now, rules) : undecided(now, how, rules) }
    }
    case 'told':
      return { ...now, verdict: withSentence({ kind: observation.verdict, by: 'user', why: { trail: trailOf(now) } }) }
  }
}

function doubted(now: Inference, effect: Doubt['effect']): Inference {
  if (effect === 'rejection void') return { ...now, isRejectionVoid: true }
  const hints = effect === 'attribution lost' ? [...now.hints, hintOfLoss] : now.hints
  // What a script has just shown may anticipate what it sends for another token.
  return { ...now, isSilenceExplained: true, hints, pending: now.pending?.by.answer && now.pending }
}

const hintOfAgain =
  'the answer shows a captcha again: where a site does so only when it refused one, pass `rejectedWhen: captchaAgain()`'

const hintOfLoss = 'await `feedback.verdict` before the page is used for something else'

/** An acceptance that waited was perhaps by the answer to a request that merely took the token along. */
function submitted(now: Inference, { at, carrier }: Observation & { kind: 'submitted' }): Inference {
  const carriers = now.carriers.includes(carrier) ? now.carriers : [...now.carriers, carrier]
  const isByCall = now.pending?.by.answer !== undefined
  const until = carriers.length > now.carriers.length ? Number.POSITIVE_INFINITY : now.pending?.until
  const pending = now.pending && isByCall ? { ...now.pending, until: until ?? at } : undefined
  return { ...now, submittedAt: now.submittedAt ?? at, carriers, pending }
}

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
    if (now.accepting.some(isOthers) && (answer || !now.isRejectionVoid))
      return { ...now, verdict: conflict(now, judging, rules) }
    return now.isRejectionVoid ? { ...now, refused: answer } : { ...now, verdict: rejection(now, judging, rules) }
  }
  if (isAccepted) return waitingFor(now, judging) ?? { ...now, verdict: accepted(now, judging, rules) }
  const { shows } = judging
  const isByCall = now.pending?.by.answer !== undefined
  // Nothing takes the token from a page that is gone, and the next one does not take it back.
  if (shows === 'document' && isByCall && stands(now)) return { ...now, verdict: accepted(now, now.pending.by, rules) }
  const silent = [acceptance, rejected].find((opinion) => opinion?.kind === 'none')
  const met = acceptance.kind === 'not-held' && acceptance.because?.startsWith('json()') ? [acceptance.because] : []
  return {
    ...now,
    ...(shows === 'url' && { pending: isByCall ? glanced(now, judging.at) : undefined }),
    hints: [...now.hints, ...met, ...(isAgain ? [hintOfAgain] : [])],
    ...(acceptance.kind === 'not-held' && { declined: true }),
    ...(silent?.kind === 'none' && { cause: now.cause ?? silent.cause }),
  }
}

/** An acceptance by what a script may do for another reason, or before the site answered, waits. */
function waitingFor(now: Inference, by: Judged): Inference | undefined {
  const { answer, shows, at } = by
  if (!answer?.isCall) return shows === 'url' ? { ...now, pending: { until: at + glancing, by } } : undefined
  const next = { ...now, accepting: [...now.accepting, answer], pending: now.pending ?? { until: 0, by } }
  const until = stands(next) ? at + settling : Number.POSITIVE_INFINITY
  return { ...next, pending: { ...next.pending, until } }
}

/** An acceptance by a call, after which the page showed that it goes by it: it waits no longer than one by what shows. */
const glanced = (now: Inference, at: number) =>
  stands(now) ? { ...now.pending, until: Math.min(now.pending.until, at + glancing) } : now.pending
