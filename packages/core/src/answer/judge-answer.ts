import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { verdictOfSilence } from '../inference/conclusion.ts'
import { infer } from '../inference/inference.ts'
import type { Observation } from '../inference/observation.ts'
import { arm, type Inference, type Rules } from '../inference/state.ts'
import type { Verdict } from '../inference/verdict.ts'
import { hostOf, publicUrl } from '../page/url.ts'
import { type Evidence, EvidenceError, faultOf, noPage, redirectOf, responseEvidence } from '../predicates/evidence.ts'
import { createAsker, type Opinions } from '../predicates/predicate.ts'
import { type Predicates, predicatesFor, ruleFor, type SiteRule } from '../predicates/sites.ts'
import { opinionsOf } from '../watch/judge.ts'
import type { PageWatch } from '../watch/page-watch.ts'
import type { judgeOptionsBySite } from '../watch/watch-options.ts'
import { type Answer, answerOf, type UniformAnswer } from './answer.ts'

type Options = z.output<typeof judgeOptionsBySite>

/** How long predicates may still take after the watch was ended, in ms. The answer's body may still be arriving. */
const grace = 2_000

/**
 * Judges one answer. No more evidence will come, so the verdict settles as soon as the predicates have answered.
 * @param sites - rules to use if the options have no predicates.
 * @throws {OptionError} if the answer has none of the known shapes.
 */
export function judgeAnswer(given: Answer, options: Options, clock: Clock, sites: readonly SiteRule[] = []): PageWatch {
  const over = new AbortController()
  const answer = answerOf(given, options.url, over.signal)
  const { status, url } = answer
  const fault = faultOf(answer)
  const seen = () => `response ${status}${url === undefined ? '' : ` ${publicUrl(url)}`}`
  const page = noPage()
  const asker = createAsker(page, clock, options.predicateTimeout)
  const rule = options.acceptedWhen ? options : url === undefined ? undefined : ruleFor(sites, url)
  const predicates = predicatesFor(page, rule)
  const rules: Rules = { submissionTimeout: Infinity, verdictTimeout: Infinity, predicates }
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
  const at = clock.now()
  let inference: Inference = { ...arm(at), submittedAt: at }
  let ending: 'stopped' | 'superseded' | 'process-end' | undefined
  let cancelGrace = () => {}

  function take(observation: Observation): void {
    inference = infer(inference, observation, rules)
    if (inference.verdict) settle(inference.verdict)
  }

  function settle(verdict: Verdict): void {
    inference = { ...inference, verdict }
    cancelGrace()
    over.abort(ended)
    resolve(verdict)
  }

  /** Takes the last observation, and settles the verdict if none has. */
  function conclude(last: Observation): void {
    take(last)
    if (inference.verdict) return
    if (ending) take({ kind: 'ended', at: clock.now(), how: ending })
    else settle(verdictOfSilence(inference, rules))
  }

  function ask(predicates: Predicates): void {
    take({ kind: 'answered', at, status })
    if (status === 202) take({ kind: 'doubt', at, name: 'answerPromised' })
    if (redirectOf({ status, url: url ?? '', headers: answer.headers }))
      take({ kind: 'noted', at, seen: () => 'a redirect that was not followed', hint: hintOfRedirect })
    const judged = (opinions: Opinions) => conclude({ kind: 'judged', at: clock.now(), seen, ...opinions })
    const opinions = opinionsOf(asker, predicates, evidenceOf(answer, given))
    if (opinions instanceof Promise) void opinions.then(judged)
    else judged(opinions)
  }

  if (!predicates) conclude({ kind: 'ended', at, how: 'no-rule' })
  else if (status === 0) conclude({ kind: 'failed', at })
  else if (fault) conclude({ kind: 'faulted', at, seen: () => `${seen()}: ${fault}` })
  else ask(predicates)
  return {
    verdict,
    site: () => (url === undefined ? undefined : hostOf(url)),
    state: () => '',
    hasSubmitted: () => true,
    tell(word) {
      if (inference.verdict) return undefined
      take({ kind: 'told', at: clock.now(), verdict: word })
      return inference.verdict
    },
    end(how) {
      if (inference.verdict || ending) return
      ending = how
      if (how === 'process-end') asker.leave()
      else cancelGrace = clock.after(grace, asker.leave)
    },
  }
}

const hintOfRedirect =
  "the answer is a redirect that was not followed: ask where it leads, as by `header('location', /dashboard/)`"

/** Created once, because the stack trace of a new error costs some 50 µs. */
const ended = new EvidenceError('lost', 'the verdict is there')

/** The answer as evidence. Of its request, only what the answer itself states is known. */
function evidenceOf(
  { status, url = '', isChosen, method, headers, text, keep }: UniformAnswer,
  native: Answer,
): Evidence {
  const call = { url, method, isChosen, resourceType: 'fetch', headers: {}, body: undefined, frame: undefined }
  const request = { ...call, chain: native, isNavigation: false, isUnattributed: false, native }
  const evidence = responseEvidence({ request, url, status, headers, text, keep, native }, true)
  return url ? evidence : Object.defineProperty(evidence, 'url', { get: refuseUrl })
}

function refuseUrl(): never {
  throw new EvidenceError('lost', 'this answer does not tell its URL: pass `url`')
}
