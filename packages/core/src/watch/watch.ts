import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { type DoubtName, doubts } from '../inference/doubts.ts'
import { createHints } from '../inference/hints.ts'
import { infer } from '../inference/inference.ts'
import type { Observation } from '../inference/observation.ts'
import { arm, deadline, type Inference, type Rules } from '../inference/state.ts'
import { hideLong, type Verdict } from '../inference/verdict.ts'
import { concernsUs, type ObservedRequest, type Observer, readable, type Source } from '../page/source.ts'
import { hostOf, isWeb, publicUrl } from '../page/url.ts'
import {
  faultOf,
  isDownload,
  isRedirect,
  isSubresource,
  landingEvidence,
  redirectOf,
  responseEvidence,
} from '../predicates/evidence.ts'
import { createAsker } from '../predicates/predicate.ts'
import { predicatesFor, ruleFor, type SiteRule } from '../predicates/sites.ts'
import { createCookieLook } from '../submission/by-cookie.ts'
import { endOther } from '../submission/other-requests.ts'
import { isOfSite } from '../submission/other-tokens.ts'
import { answered, areAnswered, handedOver, hasAnswer, lose, submissionOf } from '../submission/outcomes.ts'
import { emptyStory } from '../submission/story.ts'
import { recogniserOf } from '../submission/submission.ts'
import { createSubmissions } from '../submission/submissions.ts'
import { holdsToken } from '../submission/token-text.ts'
import { createDeadlineTimer } from './deadline-timer.ts'
import { createDocuments } from './documents.ts'
import { createInOrderQueue } from './in-order.ts'
import { createJudge } from './judge.ts'
import { createNavigations } from './navigations.ts'
import type { PageWatch } from './page-watch.ts'
import type { watchOptionsBySite } from './watch-options.ts'

/** What predicates may still take when a page has gone: an answer that arrived before gets through, no other will. */
const grace = 250
/** From the verdict to the end of observing, which takes Playwright a millisecond: the feedback leaves before. */
const afterglow = 10

/**
 * @param sites - where the predicates come from when the options have none.
 * @param inferring - is told each observation when the inference takes it in, in order.
 */
export function watchPage(
  source: Source,
  options: z.output<typeof watchOptionsBySite>,
  clock: Clock,
  sites: readonly SiteRule[] = [],
  inferring: (observation: Observation) => void = nothing,
): PageWatch {
  const { token, submittedWhen, submissionTimeout, verdictTimeout } = options
  const recognise = recogniserOf(options)
  const isSecret = token ? holdsToken(token) : () => false
  const isGuessing = token === undefined && submittedWhen === undefined
  const wholePage = (options.scope ?? (isGuessing ? 'page' : 'submission')) === 'page'
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
  const redact = (text: string) => hideLong(isSecret(text) ? text.replaceAll(token ?? '', '…') : text)
  /** Its predicates are known from the start, or by the site that the submission tells. */
  let rules: Rules = { submissionTimeout, verdictTimeout, redact, predicates: predicatesFor(source.page, options) }
  let site: string | undefined

  const alarm = createDeadlineTimer(clock, verdictTimeout, timeIsUp)
  const { now } = alarm
  let inference: Inference = arm(now())
  let cancelGrace = nothing
  let stopObserving = nothing
  /** The requests of which answers may be about the token. */
  let seen = new WeakSet<object>()
  /** Made when something happens, since most watches that are open wait for that. */
  let made: ReturnType<typeof make> | undefined
  const make = () => {
    const story = emptyStory()
    const turns = createInOrderQueue(take)
    const { put } = turns
    const redactUrl = (url: string) => publicUrl(url, isSecret)
    const hints = createHints(put, now, redactUrl)
    const hasBegun = () =>
      story.submissions.length > 0 || (isGuessing && rules.predicates !== undefined && story.hasOpened)
    const scene = { source, token, recognise, isGuessing, story, hints, now, redact: redactUrl, put, doubt, hasBegun }
    const asker = createAsker(source.page, clock, options.predicateTimeout)
    const submissions = createSubmissions(scene, submitted)
    const documents = createDocuments(clock)
    const judging = createJudge(scene, asker, turns, () => rules.predicates)
    const navigated = createNavigations(scene, documents, judging)
    const cookieLook = createCookieLook(source.page, token)
    return { ...scene, asker, submissions, documents, navigated, turns, judging, cookieLook }
  }
  const parts = () => (made ??= make())

  function take(observation: Observation): void {
    if (inference.verdict) return
    inferring(observation)
    inference = infer(inference, observation, rules)
    if (inference.verdict) conclude(inference.verdict)
    else alarm.set(deadline(inference, rules))
  }

  function timeIsUp(at: number): void {
    const { story, documents, judging, put } = parts()
    if (!inference.pending) {
      const { early, last, anticipated, submissions } = story
      const again = early?.url === source.url() && areAnswered(story) ? early : last
      if (again && hasAnswer(story) && !story.isPending && !story.isShared) judging.judge(again, undefined, at - 1)
      if (anticipated === source.url()) doubt('shownBefore', at - 1)
      if (story.open.size > 0 || submissions.some(documents.isLoading)) doubt('stillLoading', at - 1)
    }
    put({ kind: 'time', at })
  }

  function conclude(verdict: Verdict): void {
    alarm.cancel()
    cancelGrace()
    made?.turns.clear()
    const reason = verdict.kind === 'undecided' ? verdict.reason : undefined
    made?.submissions.leave(now() + verdictTimeout, reason)
    made?.asker.leave()
    resolve(verdict)
    clock.after(afterglow, () => stopObserving())
  }

  const submitted: Parameters<typeof createSubmissions>[1] = (request, carrier, how) => {
    const { by, isAgain, isLate } = how
    const at = now()
    const { put, turns } = parts()
    // What its answer tells of had left before whatever waits for its turn.
    if (isLate) turns.goFirst({ kind: 'doubt', at, name: 'armedLate' })
    else if (isAgain) doubt('tokenAgain')
    put({ kind: 'submitted', at, carrier, seen: () => `${carrier.name}, ${by}` })
    if (isLate) seen = new WeakSet()
    const from = isWeb(source.url()) ? source.url() : request.url
    site ??= hostOf(from)
    if (!rules.predicates) rules = { ...rules, predicates: predicatesFor(source.page, ruleFor(sites, from)) }
    if (!rules.predicates) ended('no-rule')
  }

  function doubt(name: DoubtName, at = now()): void {
    const { story, put } = parts()
    const isLoss = doubts[name].effect === 'attribution lost'
    if (isLoss && story.isShared) return
    story.isShared ||= isLoss
    put({ kind: 'doubt', at, name })
  }

  /** The site handed over to where nobody answers. */
  function landed(url: string, request: ObservedRequest): void {
    doubt('handedOver')
    parts().judging.judge(landingEvidence(url, { request }))
  }

  /** Whether it is for a document in a frame from which the token left. */
  const isOfSubmission = ({ frame }: ObservedRequest) =>
    parts().story.submissions.some((submission) => submission.frame === frame)

  const hears = (request: ObservedRequest) => !inference.verdict && concernsUs(request)

  const observer: Observer = {
    request(request) {
      if (inference.verdict) return made?.submissions.departed(request, now() + verdictTimeout)
      if (!concernsUs(request)) return
      const { story, documents, submissions, cookieLook } = parts()
      documents.requested(request)
      if (wholePage || request.isUnattributed) seen.add(request.chain)
      if (submissions.submits(request)) return
      if (story.submissions.length === 0) cookieLook.at(request, () => submissions.carriedInCookie(request))
      submissions.other(request)
      if (!request.isNavigation || submissionOf(story, request)) return
      if (isOfSubmission(request) || story.submissions.length === 0) story.page++
    },
    response(response) {
      const { request, status } = response
      if (!hears(request)) return
      const { story, documents, submissions, judging, cookieLook, hasBegun, put } = parts()
      const look = cookieLook.over(request)
      if (look) return void look.then(() => readable(() => observer.response(response)))
      // Asked again, here and where it fails, for a watch that was armed after the request had left.
      const carriesToken = submissions.submits(request, true)
      const submission = submissionOf(story, request)
      documents.responded(response)
      endOther(story, request, true)
      // The answer in a popup to what left before the watch was armed.
      if (request.isUnattributed && request.isNavigation && !submission && !seen.has(request.chain)) doubt('otherWatch')
      if (submission && answered(story, submission, response)) put({ kind: 'answered', at: now(), status })
      // Where a redirect leads is known when it has led there: /dashboard may bounce to /login again.
      if (isRedirect(response) && !carriesToken) return
      if (submission) {
        judging.judge(responseEvidence(response, true, carriesToken), submission)
        const target = isRedirect(response) ? undefined : redirectOf(response)
        if (target !== undefined) landed(target, request)
      } else if (request.isUnattributed || story.isShared || isSubresource(response)) return
      else if (wholePage && seen.has(request.chain) && hasBegun() && !faultOf(response)) {
        const evidence = responseEvidence(response, false)
        if (request.isNavigation) judging.judge(documents.unlessCrawlers(response, evidence))
        else judging.judgeBeside(evidence)
      } else if (!request.isNavigation) {
        // What comes after an answer, and of the same site, not its captcha, may tell of one.
        if (hasAnswer(story) && isOfSite(story, response.url)) void judging.judgeOutOfScope(response)
      } else if (isDownload(response) && isOfSubmission(request)) {
        judging.judge(documents.unlessCrawlers(response, responseEvidence(response, false)))
      }
    },
    failed(request) {
      if (!hears(request)) return
      const { story, documents, submissions, put } = parts()
      submissions.submits(request, true)
      documents.failed(request)
      endOther(story, request, false)
      const lost = lose(submissionOf(story, request))
      if (!lost) return
      if (!handedOver(lost, request)) return put({ kind: 'failed', at: now() })
      put({ kind: 'answered', at: now(), status: 302 })
      landed(request.url, request)
    },
    navigated(navigation) {
      if (!inference.verdict) parts().navigated(navigation)
    },
    ended,
  }

  function ended(how: (Observation & { kind: 'ended' })['how']): void {
    if (inference.verdict) return
    stopObserving()
    // What shows from now on is about the next one.
    const { story, asker, put } = parts()
    story.isShared ||= how === 'superseded'
    cancelGrace = clock.after(grace, asker.leave)
    put({ kind: 'ended', at: now(), how })
  }

  stopObserving = source.observe(observer)
  if (!inference.verdict) alarm.set(deadline(inference, rules))

  return {
    verdict,
    site: () => site ?? hostOf(source.url()),
    tell(told) {
      const isOpen = !inference.verdict
      parts().turns.goFirst({ kind: 'told', at: now(), verdict: told })
      return isOpen ? inference.verdict : undefined
    },
    end: ended,
  }
}

const nothing = () => {}
