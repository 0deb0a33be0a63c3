/** What a watch needs from its page's first event on: connects observation, predicates, inference and timers. */

import { type DoubtName, doubts } from '../inference/doubts.ts'
import { createHints } from '../inference/hints.ts'
import { infer } from '../inference/inference.ts'
import type { Carrier, Observation } from '../inference/observation.ts'
import { arm, deadline, glancing, type Inference, isByCall, type Rules, settling } from '../inference/state.ts'
import { hideLong, type Verdict } from '../inference/verdict.ts'
import type { ObservedRequest } from '../page/source.ts'
import { hostOf, isWeb, publicUrl } from '../page/url.ts'
import { createAsker } from '../predicates/predicate.ts'
import { predicatesFor, ruleFor } from '../predicates/sites.ts'
import { areAnswered, hasAnswer } from '../submission/outcomes.ts'
import { emptyStory, printed, type Scene } from '../submission/story.ts'
import { recogniserOf } from '../submission/submission.ts'
import { createSubmissions } from '../submission/submissions.ts'
import { holdsToken } from '../submission/token-text.ts'
import { createDocuments } from './documents.ts'
import { createInOrderQueue } from './in-order.ts'
import { createJudge } from './judge.ts'
import { createObserver } from './observer.ts'
import type { ArmedWatch, Ending } from './watch.ts'

/**
 * How long predicates may still take after a watch was ended, in ms. That is enough for bodies that have arrived, and a
 * closed page delivers no others.
 */
const grace = 250
/**
 * How long observation continues after the verdict, in ms. Stopping it takes Playwright 1 ms; the feedback goes first.
 */
const afterglow = 10

export function openWatch(watch: ArmedWatch) {
  const { source, options, clock, sites, inferring, predicates, timer, armedAt, resolve } = watch
  const { token, submittedWhen, submissionTimeout, verdictTimeout } = options
  const isSecret = token ? holdsToken(token) : () => false
  const isGuessing = token === undefined && submittedWhen === undefined
  const redact = (text: string) => hideLong(isSecret(text) ? text.replaceAll(token ?? '', '…') : text)
  let rules: Rules = { submissionTimeout, verdictTimeout, redact, predicates }
  let inference: Inference = arm(armedAt)
  let site: string | undefined
  let cancelGrace = nothing

  const story = emptyStory()
  const now = () => timer.now()
  const queue = createInOrderQueue(take)
  const { put } = queue
  const redactUrl = (url: string) => publicUrl(url, isSecret)
  const scene: Scene = {
    source,
    token,
    recognise: recogniserOf(options),
    isGuessing,
    story,
    hints: createHints(put, now, redactUrl),
    now,
    redact: redactUrl,
    put,
    doubt,
    hasBegun: () => story.submissions.length > 0 || (isGuessing && rules.predicates !== undefined && story.hasOpened),
    isOver: () => inference.verdict !== undefined,
    patience: verdictTimeout,
  }
  const asker = createAsker(source.page, clock, options.predicateTimeout)
  const submissions = createSubmissions(scene, submitted)
  const documents = createDocuments(clock)
  const judging = createJudge(scene, asker, queue, () => rules.predicates)
  const isWholePage = (options.scope ?? (isGuessing ? 'page' : 'submission')) === 'page'
  const observer = createObserver(scene, submissions, documents, judging, isWholePage)

  if (options.isRepeat) doubt('tokenAgain')

  function take(observation: Observation): void {
    if (inference.verdict) return
    inferring(observation)
    inference = infer(inference, observation, rules)
    if (inference.verdict) conclude(inference.verdict)
    else timer.set(deadline(inference, rules))
  }

  function doubt(name: DoubtName, at = now()): void {
    const isLoss = doubts[name].effect === 'attribution lost'
    if (isLoss && story.isShared) return
    story.isShared ||= isLoss
    put({ kind: 'doubt', at, name })
  }

  function submitted(request: ObservedRequest, carrier: Carrier, by: string, isLate: boolean): void {
    const at = now()
    // The submission left before anything that is now in the queue.
    if (isLate) queue.goFirst({ kind: 'doubt', at, name: 'armedLate' })
    put({ kind: 'submitted', at, carrier, seen: () => `${carrier.name}, ${by}` })
    if (isLate) story.seen = new WeakSet()
    const from = isWeb(source.url()) ? source.url() : request.url
    site ??= hostOf(from)
    if (!rules.predicates) rules = { ...rules, predicates: predicatesFor(source.page, ruleFor(sites, from)) }
    if (!rules.predicates) end('no-rule')
  }

  function timeIsUp(at: number): void {
    const { pending } = inference
    const isLoading = story.open.size > 0 || at < (story.answeredAt ?? 0) + glancing
    if (pending && !isByCall(pending) && isLoading && at < pending.by.at + settling)
      put({ kind: 'loading', at: pending.until - 1 })
    if (!pending) {
      const { early, last, anticipated } = story
      const again = early?.url === source.url() && areAnswered(story) ? early : last
      if (again && hasAnswer(story) && !story.isPending && !story.isShared) judging.judge(again, undefined, at - 1)
      if (anticipated === source.url()) doubt('shownBefore', at - 1)
      if (story.open.size > 0 || story.submissions.some(documents.isLoading)) doubt('stillLoading', at - 1)
    }
    put({ kind: 'time', at })
  }

  function end(how: Ending): void {
    if (inference.verdict) return
    watch.stopObserving()
    // What the page shows from now on is about the next watch.
    story.isShared ||= how === 'superseded'
    if (how === 'process-end') asker.leave()
    else cancelGrace = clock.after(grace, asker.leave)
    put({ kind: 'ended', at: now(), how })
  }

  function conclude(verdict: Verdict): void {
    timer.cancel()
    cancelGrace()
    queue.clear()
    submissions.leave(verdict.kind === 'undecided' ? verdict.reason : undefined)
    asker.leave()
    resolve(verdict)
    clock.after(afterglow, () => watch.stopObserving())
  }

  return {
    ...observer,
    story,
    site: () => site,
    state: () => printed(story),
    timeIsUp,
    end,
    tell(word: 'accepted' | 'rejected'): Verdict | undefined {
      const isOpen = !inference.verdict
      queue.goFirst({ kind: 'told', at: now(), verdict: word })
      return isOpen ? inference.verdict : undefined
    },
  }
}

const nothing = () => {}
