import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { createAlarm } from './alarm.ts'
import { createDocuments } from './documents.ts'
import { createDoubts } from './doubts.ts'
import { type Evidence, isBeside, isRedirect, navigationEvidence, responseEvidence } from './evidence.ts'
import { arm, deadline, infer, isAboutTheSite, type Observation, rulesOf } from './inference.ts'
import { createJudge } from './judge.ts'
import { createAsker } from './predicate.ts'
import { predicatesFor, ruleFor, type SiteRule } from './sites.ts'
import { concernsUs, type ObservedRequest, type ObservedResponse, type Observer, type Source } from './source.ts'
import { holdsToken, recogniserOf, takesAnotherAlong } from './submission.ts'
import { createSubmissions } from './submissions.ts'
import { createTurns } from './turns.ts'
import { hostOf, isErrorPage, isWeb, publicUrl } from './url.ts'
import type { Verdict } from './verdict.ts'
import type { watchOptionsBySite } from './watch-options.ts'

/** One page watched for one task, from arming to its verdict. */
export interface PageWatch {
  /** Always fulfils. */
  readonly verdict: Promise<Verdict>
  /** The host of the page that submitted, or of the page as it is while none has; `undefined` where none is open. */
  site(): string | undefined
  /** The user knows: their word is the verdict, at once. `undefined` where there was one already. */
  tell(verdict: 'accepted' | 'rejected'): Verdict | undefined
  /** Ends the watch; evidence that has arrived is still judged. */
  end(how: 'stopped' | 'superseded'): void
}

type Options = z.output<typeof watchOptionsBySite>

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
  options: Options,
  clock: Clock,
  sites: readonly SiteRule[] = [],
  inferring: (observation: Observation) => void = nothing,
): PageWatch {
  const { token, submittedWhen } = options
  const recognise = recogniserOf(options)
  const shown = (url: string) => publicUrl(url, token ? holdsToken(token) : undefined)
  const fromSubmission = token !== undefined || submittedWhen !== undefined
  const wholePage = (options.scope ?? (fromSubmission ? 'submission' : 'page')) === 'page'
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
  /** Known from the start, or by the site that the submission tells. */
  let predicates = predicatesFor(source.page, options)
  let rules = rulesOf(options, predicates)
  let site: string | undefined

  const alarm = createAlarm(clock, options.verdictTimeout, timeIsUp)
  const { now } = alarm
  let inference = arm(now())
  let cancelGrace = nothing
  let stopObserving = nothing
  /** Where the page went within its document before there was an answer: it counts if it is never taken back. */
  let early: Evidence | undefined
  /** Whether only the answers to the submissions themselves are about the token. */
  let isShared = false
  /** Made when something happens, since most watches that are open wait for that. */
  let made: ReturnType<typeof make> | undefined
  const make = () => {
    const asker = createAsker(source.page, clock, options.predicateTimeout)
    const another = () => share('another captcha was submitted')
    const isElsewhere = () => isShared
    const further = note.bind(undefined, 'unsure')
    const form = () => note('spared', 'a further form was sent, without the token')
    const listener = { submitted, another, further, form, isElsewhere }
    const submissions = createSubmissions(source, recognise, token, listener)
    const ask = (evidence: Evidence) => predicates && asker.ask(predicates.acceptedWhen, evidence)
    const doubts = createDoubts(ask, now, put, shown)
    const turns = createTurns(take)
    const judging = createJudge({
      asker,
      turns,
      predicates: () => predicates,
      now,
      shown,
      wentElsewhere: () => submissions.all.length > 0 && share(),
      isElsewhere,
    })
    return { asker, submissions, doubts, documents: createDocuments(clock), turns, judging }
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
    const { documents, submissions, doubts, judging } = parts()
    const again = early?.url === source.url() ? early : rules.hasRejectedWhen ? undefined : judging.last()
    if (again && submissions.isAnswered() && !isShared) judging.judge(again, at - 1)
    doubts.timeIsUp(source.url(), at - 1)
    if (submissions.awaitsFurther() || submissions.all.some(documents.isLoading))
      note('unsure', 'the page still waited for the site', at - 1)
    put({ kind: 'time', at })
  }

  function conclude(verdict: Verdict): void {
    alarm.cancel()
    cancelGrace()
    made?.turns.clear()
    made?.submissions.end()
    made?.asker.leave()
    resolve(verdict)
    clock.after(afterglow, () => stopObserving())
  }

  function submitted(request: ObservedRequest, where: string, isFirst: boolean): void {
    const { method, url } = request
    if (!isFirst) note('spared', 'the token was submitted again')
    if (token && takesAnotherAlong(request, token)) note('spared', 'another captcha was submitted along with it')
    const how = where === 'submittedWhen' ? 'by' : 'token in'
    put({ kind: 'submitted', at: now(), seen: () => `${method} ${shown(url)}, ${how} ${where}` })
    const from = isWeb(source.url()) ? source.url() : url
    site ??= hostOf(from)
    if (!predicates) {
      predicates = predicatesFor(source.page, ruleFor(sites, from))
      rules = rulesOf(options, predicates)
    }
    if (!predicates) ended('no-rule')
    else if (isFirst) void parts().doubts.begin(source.url())
  }

  function share(why = 'the crawler went elsewhere'): void {
    if (isShared) return
    isShared = true
    note('unsure', `${why}: only answers to this one still count`)
  }

  const note = (kind: 'unsure' | 'spared', why: string, at = now()) => put({ kind, at, seen: () => why })

  const hears = (request: ObservedRequest) => !inference.verdict && concernsUs(request)

  const observer: Observer = {
    request(request) {
      if (!hears(request)) return
      const { documents, submissions } = parts()
      documents.requested(request)
      if (!submissions.submits(request)) submissions.overlook(request)
    },
    response(response) {
      const { request, status } = response
      if (!hears(request)) return
      const { documents, submissions, doubts, judging } = parts()
      // Asked again, for a watch that was armed after the request had left.
      const carriesToken = submissions.submits(request)
      const submission = submissions.of(request)
      documents.responded(response)
      if (submission && submissions.answered(submission, status, isRedirect(response)))
        put({ kind: 'answered', at: now(), status })
      if (!isRedirect(response) && submissions.answersFurther(request)) doubts.further(response)
      // Where a redirect leads is known when it has led there: /dashboard may bounce to /login again.
      if (isRedirect(response) && !carriesToken) return
      if (submission) judging.judge(responseEvidence(response, true, carriesToken))
      else if (request.isStray || isShared || isBeside(response)) return
      else if (wholePage && hasBegun() && !isAboutTheSite(status)) {
        const evidence = responseEvidence(response, false)
        if (request.isNavigation) judging.judge(documents.unlessCrawlers(response, evidence))
        else judging.judgeBeside(evidence)
      } else if (!rules.hasRejectedWhen && !request.isNavigation && submissions.concerns(response))
        void doubts.overhear(response)
    },
    failed(request) {
      if (!hears(request)) return
      const { documents, submissions } = parts()
      documents.failed(request)
      if (submissions.lose(request)) put({ kind: 'failed', at: now() })
    },
    navigated(navigation) {
      if (inference.verdict) return
      const { url, frame, isMainFrame, isPopup } = navigation
      const { documents, submissions, doubts, judging } = parts()
      const loaded = documents.loadedBy(navigation)
      const isTooSoon = submissions.precedes(frame, !loaded)
      submissions.shown(frame, loaded !== undefined)
      const isOurs = isMainFrame || submissions.all.some((submission) => submission.frame === frame)
      const within = isMainFrame && !isPopup && !loaded ? navigationEvidence(navigation, undefined, false) : undefined
      if (!hasBegun()) doubts.remember(within)
      if (!hasBegun() || !isOurs) return
      if (isErrorPage(url)) put({ kind: 'faulted', at: now(), seen: () => 'the page failed to load' })
      // A crawler's empty page, where what the site would have shown next does not show any more.
      if (isMainFrame && !isPopup && !isWeb(url) && !isErrorPage(url)) share()
      if (!isWeb(url)) return
      if ((isShared || submissions.areLeft()) && (loaded instanceof Promise || !submissions.isAnswer(loaded))) return
      const found = (document: ObservedResponse | undefined, isTold = true) => {
        if (!isTold) note('unsure', 'a page was shown whose answer was not told')
        const how = submissions.foretells(document, isMainFrame)
        const evidence = navigationEvidence(navigation, document, submissions.isAnswer(document), how, isTold)
        return document && !evidence.isSubmission ? documents.unlessCrawlers(document, evidence) : evidence
      }
      early = isTooSoon ? within : undefined
      if (isTooSoon) {
        judging.overlook(Promise.resolve(loaded).then(found))
        return
      }
      if (submissions.fulfils(loaded instanceof Promise ? undefined : loaded?.status))
        put({ kind: 'answered', at: now(), status: 202 })
      judging.judge(loaded instanceof Promise ? loaded.then((document) => found(document, !!document)) : found(loaded))
      if (isPopup && !submissions.all.some(({ isStray }) => isStray)) note('unsure', 'a popup may tell more')
    },
    ended,
  }

  const hasBegun = () => parts().submissions.all.length > 0 || (!fromSubmission && predicates !== undefined)

  function ended(how: (Observation & { kind: 'ended' })['how']): void {
    if (inference.verdict) return
    stopObserving()
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
