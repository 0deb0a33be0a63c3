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
  const shown = (url: string) => publicUrl(url, isSecret)
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
  /** How many documents were asked for that answer no submission. */
  let documentsAsked = 0
  /** Whether only the answers to the submissions themselves are about the token. */
  let isShared = false
  /** Made when something happens, since most watches that are open wait for that. */
  let made: ReturnType<typeof make> | undefined
  const make = () => {
    const asker = createAsker(source.page, clock, options.predicateTimeout)
    const hints = createHints(put, now, shown)
    const shared = { put, now, shown, doubt, isShared: () => isShared, page: () => documentsAsked, isGuessing }
    const sent = () => navigations.sent()
    const submissions = createSubmissions({ ...shared, source, recognise, token, hints, submitted, sent })
    const turns = createInOrderQueue(take)
    const judging = createJudge({
      ...shared,
      asker,
      hints,
      turns,
      predicates: () => rules.predicates,
      background: { fields: submissions.names, before: () => navigations.textBefore() },
      isArmedLate: submissions.isArmedLate,
      wentElsewhere: () => hasBegun() && doubt('crawlerLeft'),
    })
    const documents = createDocuments(clock)
    const navigations = createNavigations({ ...shared, documents, submissions, judging, hasBegun })
    const cookieLook = createCookieLook(source.page, token)
    return { asker, hints, submissions, documents, navigations, turns, judging, cookieLook }
  }
  const parts = () => (made ??= make())
  const put = (observation: Observation) => parts().turns.put(observation)

  function take(observation: Observation): void {
    if (inference.verdict) return
    inferring(observation)
    inference = infer(inference, observation, rules)
    if (inference.verdict) conclude(inference.verdict)
    else alarm.set(deadline(inference, rules))
  }

  function timeIsUp(at: number): void {
    const { documents, navigations, submissions, judging } = parts()
    if (!inference.pending) {
      const early = navigations.early()
      const again = early?.url === source.url() && submissions.areAnswered() ? early : judging.last()
      if (again && submissions.isAnswered() && !isShared) judging.judge(again, undefined, at - 1)
      if (navigations.anticipated() === source.url()) doubt('shownBefore', at - 1)
      if (submissions.awaitsFurther() || submissions.all.some(documents.isLoading)) doubt('stillLoading', at - 1)
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

  const submitted: Parameters<typeof createSubmissions>[0]['submitted'] = (request, carrier, how) => {
    const { by, isAgain, isLate } = how
    const at = now()
    // What its answer tells of had left before whatever waits for its turn.
    if (isLate) parts().turns.goFirst({ kind: 'doubt', at, name: 'armedLate' })
    else if (isAgain) doubt('tokenAgain')
    put({ kind: 'submitted', at, carrier, seen: () => `${carrier.name}, ${by}` })
    if (isLate) seen = new WeakSet()
    const from = isWeb(source.url()) ? source.url() : request.url
    site ??= hostOf(from)
    if (!rules.predicates) rules = { ...rules, predicates: predicatesFor(source.page, ruleFor(sites, from)) }
    if (!rules.predicates) ended('no-rule')
  }

  function doubt(name: DoubtName, at = now()): void {
    const isLoss = doubts[name].effect === 'attribution lost'
    if (isLoss && isShared) return
    isShared ||= isLoss
    put({ kind: 'doubt', at, name })
  }

  /** The site handed over to where nobody answers. */
  function landed(url: string, request: ObservedRequest): void {
    doubt('handedOver')
    parts().judging.judge(landingEvidence(url, { request }))
  }

  const hears = (request: ObservedRequest) => !inference.verdict && concernsUs(request)

  const observer: Observer = {
    request(request) {
      if (inference.verdict) return made?.submissions.departed(request, now() + verdictTimeout)
      if (!concernsUs(request)) return
      const { documents, submissions, cookieLook } = parts()
      documents.requested(request)
      if (wholePage || request.isUnattributed) seen.add(request.chain)
      if (submissions.submits(request)) return
      if (submissions.all.length === 0) cookieLook.at(request, () => submissions.carriedInCookie(request))
      submissions.overlook(request)
      if (!request.isNavigation || submissions.of(request)) return
      const isOurs = submissions.all.some(({ frame }) => frame === request.frame)
      if (isOurs || submissions.all.length === 0) documentsAsked++
    },
    response(response) {
      const { request, status } = response
      if (!hears(request)) return
      const { documents, submissions, judging, cookieLook } = parts()
      const look = cookieLook.over(request)
      if (look) return void look.then(() => readable(() => observer.response(response)))
      // Asked again, here and where it fails, for a watch that was armed after the request had left.
      const carriesToken = submissions.submits(request, true)
      const submission = submissions.of(request)
      documents.responded(response)
      submissions.end(request, true)
      // The answer in a popup to what left before the watch was armed.
      if (request.isUnattributed && request.isNavigation && !submission && !seen.has(request.chain)) doubt('otherWatch')
      if (submission && submissions.answered(submission, response)) put({ kind: 'answered', at: now(), status })
      // Where a redirect leads is known when it has led there: /dashboard may bounce to /login again.
      if (isRedirect(response) && !carriesToken) return
      if (submission) {
        judging.judge(responseEvidence(response, true, carriesToken), submission)
        const target = isRedirect(response) ? undefined : redirectOf(response)
        if (target !== undefined) landed(target, request)
      } else if (request.isUnattributed || isShared || isSubresource(response)) return
      else if (wholePage && seen.has(request.chain) && hasBegun() && !faultOf(response)) {
        const evidence = responseEvidence(response, false)
        if (request.isNavigation) judging.judge(documents.unlessCrawlers(response, evidence))
        else judging.judgeBeside(evidence)
      } else if (!request.isNavigation) {
        if (submissions.concerns(response)) void judging.judgeOutOfScope(response)
      } else if (isDownload(response) && submissions.all.some(({ frame }) => frame === request.frame)) {
        judging.judge(documents.unlessCrawlers(response, responseEvidence(response, false)))
      }
    },
    failed(request) {
      if (!hears(request)) return
      const { documents, submissions } = parts()
      submissions.submits(request, true)
      documents.failed(request)
      submissions.end(request, false)
      const lost = submissions.lose(request)
      if (!lost) return
      if (!submissions.handedOver(lost, request)) return put({ kind: 'failed', at: now() })
      put({ kind: 'answered', at: now(), status: 302 })
      landed(request.url, request)
    },
    navigated(navigation) {
      if (!inference.verdict) parts().navigations.navigated(navigation)
    },
    ended,
  }

  const hasBegun = () =>
    parts().submissions.all.length > 0 || (isGuessing && rules.predicates && parts().submissions.hasOpened()) === true

  function ended(how: (Observation & { kind: 'ended' })['how']): void {
    if (inference.verdict) return
    stopObserving()
    // What shows from now on is about the next one.
    isShared ||= how === 'superseded'
    cancelGrace = clock.after(grace, () => made?.asker.leave())
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
