import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { descriptionOf } from './combinators.ts'
import { createDocuments } from './documents.ts'
import { type Evidence, isRedirect, navigationEvidence, responseEvidence } from './evidence.ts'
import { arm, deadline, infer, isAboutTheSite, type Observation, type Rules } from './inference.ts'
import { withBodies } from './late-bodies.ts'
import { ask, type Opinion } from './predicate.ts'
import { type Predicates, ruleFor, type SiteRule } from './sites.ts'
import type { ObservedRequest, ObservedResponse, Observer, Source } from './source.ts'
import { byFields, holdsToken, recogniserOf } from './submission.ts'
import { publicUrl, type Verdict } from './verdict.ts'
import type { watchOptionsBySite } from './watch-options.ts'

/** One page watched for one task, from arming to its verdict. */
export interface PageWatch {
  /** Always fulfils. */
  readonly verdict: Promise<Verdict>
  /** The host of the page that submitted, or of the page as it is while none has; `undefined` where none is open. */
  site(): string | undefined
  /** The user knows: their word is the verdict, at once. */
  tell(verdict: 'accepted' | 'rejected'): void
  /** Ends the watch; evidence that has arrived is still judged. */
  end(how: 'stopped' | 'superseded'): void
}

type Options = z.output<typeof watchOptionsBySite>

/** Where an observation will stand in the order. */
interface Place {
  observation?: Observation
}

/** What predicates may still take when a page has gone: an answer that arrived before gets through, no other will. */
const grace = 250

/**
 * @param sites - where the predicates come from when the options have none.
 * @param inferring - is told each observation when the inference takes it in, in order.
 */
export function watchPage(
  source: Source,
  options: Options,
  clock: Clock,
  sites: readonly SiteRule[] = [],
  inferring: (observation: Observation) => void = () => {},
): PageWatch {
  const { token, submittedWhen } = options
  const recognise = recogniserOf(options)
  const shown = (url: string) => publicUrl(url, token ? holdsToken(token) : undefined)
  const fromSubmission = token !== undefined || submittedWhen !== undefined
  const wholePage = (options.scope ?? (fromSubmission ? 'submission' : 'page')) === 'page'
  const leaving = new AbortController()
  const asking = { clock, limit: options.predicateTimeout, leaving: leaving.signal }
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
  /** Known from the start, or by the site that the submission tells. */
  let predicates = ofUser(options)
  let rules = rulesOf(options, predicates)
  let site: string | undefined

  let inference = arm(clock.now())
  let timerAt: number | undefined
  let cancelTimer = () => {}
  let cancelGrace = () => {}
  let stopObserving = () => {}
  /** In the order in which things happened; a place stays empty until its predicates have answered. */
  const places: Place[] = []
  /** The redirect chains that began with the submission. There may be several: a page may send its token twice. */
  const submissions = new Set<object>()
  const submittingFrames = new Set<object>()
  const carriers = new WeakSet<object>()
  const answered = new WeakSet<object>()
  let isAnswered = false
  const documents = createDocuments(clock)

  function put(observation: Observation): void {
    places.push({ observation })
    settle()
  }

  function settle(): void {
    while (places[0]?.observation && !inference.verdict) {
      inferring(places[0].observation)
      inference = infer(inference, places[0].observation, rules)
      places.shift()
    }
    if (!inference.verdict) {
      setTimer(deadline(inference, rules))
      return
    }
    places.length = 0
    cancelTimer()
    cancelGrace()
    stopObserving()
    leaving.abort()
    resolve(inference.verdict)
  }

  function setTimer(at: number): void {
    if (at === timerAt) return
    timerAt = at
    cancelTimer()
    cancelTimer = clock.after(Math.max(0, at - clock.now()), () => put({ kind: 'time', at }))
  }

  /** Takes the evidence's place in the order at once; its predicates fill it. */
  function judge(evidence: Evidence | Promise<Evidence>): void {
    const place: Place = {}
    places.push(place)
    const at = clock.now()
    if (evidence instanceof Promise) void evidence.then((evidence) => fill(place, at, evidence))
    else fill(place, at, evidence)
  }

  function fill(place: Place, at: number, evidence: Evidence): void {
    if (!predicates) return // no rule matched the site, which ends the watch
    const { acceptedWhen, rejectedWhen } = predicates
    const seen = () => `${evidence.kind} ${evidence.status ?? 'within the page'} ${shown(evidence.url)}`
    const accepted = ask(acceptedWhen, evidence, source.page, asking)
    const rejected = rejectedWhen && ask(rejectedWhen, evidence, source.page, asking)
    const put = (accepted: Opinion, rejected: Opinion | undefined) => {
      place.observation = { kind: 'judged', at, seen, accepted, rejected }
      settle()
    }
    if (accepted instanceof Promise || rejected instanceof Promise) {
      void Promise.all([accepted, rejected]).then((opinions) => put(...opinions))
    } else {
      put(accepted, rejected)
    }
  }

  /** Whether this very request takes the token along; the GET that follows a form's redirect does not. */
  function submits(request: ObservedRequest): boolean {
    if (request.isStray && !token) return false // nothing else tells whose it is
    if (carriers.has(request.native)) return true
    const where = recognise(request)
    if (!where) return false
    carriers.add(request.native)
    if (!submissions.has(request.chain)) {
      if (isAnswered) put({ kind: 'resubmitted', at: clock.now() })
      submissions.add(request.chain)
      if (request.frame) submittingFrames.add(request.frame)
      const { method, url } = request
      put({ kind: 'submitted', at: clock.now(), seen: () => `${method} ${shown(url)}, token in ${where}` })
      submittedFrom(isWeb(source.url()) ? source.url() : url)
    }
    return true
  }

  function submittedFrom(url: string): void {
    site ??= hostOf(url)
    if (predicates) return
    predicates = ruleFor(sites, url)
    rules = rulesOf(options, predicates)
    if (!predicates) ended('no-rule')
  }

  const observer: Observer = {
    request(request) {
      if (!isWeb(request.url)) return
      documents.requested(request)
      const isAnothers = !submits(request) && isAnswered && !submissions.has(request.chain) && byFields(request)
      if (isAnothers) put({ kind: 'resubmitted', at: clock.now() })
    },
    response(response) {
      const { request, status } = response
      if (!isWeb(response.url)) return
      // Asked again, for a watch that was armed after the request had left.
      const carriesToken = submits(request)
      const isSubmission = submissions.has(request.chain)
      documents.responded(response)
      // Where a redirect leads is known when it has led there: /dashboard may bounce to /login again.
      if (isRedirect(status) && !carriesToken) return
      if (isSubmission && !isRedirect(status)) {
        answered.add(request.chain)
        isAnswered ||= !isAboutTheSite(status)
        put({ kind: 'answered', at: clock.now(), status })
      }
      if (isSubmission || (wholePage && hasBegun() && !request.isStray)) judge(responseEvidence(response, isSubmission))
    },
    failed(request) {
      documents.failed(request)
      if (submissions.has(request.chain) && !answered.has(request.chain)) put({ kind: 'failed', at: clock.now() })
    },
    navigated(navigation) {
      const loaded = documents.loadedBy(navigation)
      const isOurs = navigation.isMainFrame || submittingFrames.has(navigation.frame)
      if (!isWeb(navigation.url) || !hasBegun() || !isOurs) return
      const evidence = (document: ObservedResponse | undefined) =>
        navigationEvidence(navigation, document, document !== undefined && submissions.has(document.request.chain))
      judge(loaded instanceof Promise ? loaded.then(evidence) : evidence(loaded))
    },
    ended,
  }

  function hasBegun(): boolean {
    return submissions.size > 0 || (!fromSubmission && predicates !== undefined)
  }

  function ended(how: (Observation & { kind: 'ended' })['how']): void {
    if (inference.verdict) return
    stopObserving()
    cancelGrace = clock.after(grace, () => leaving.abort())
    put({ kind: 'ended', at: clock.now(), how })
  }

  stopObserving = source.observe(withBodies(observer, clock))
  if (inference.verdict) stopObserving()
  else settle()

  return {
    verdict,
    site: () => site ?? hostOf(source.url()),
    tell(told) {
      places.unshift({ observation: { kind: 'told', at: clock.now(), verdict: told } })
      settle()
    },
    end: ended,
  }
}

export const isWeb = (url: string) => url.startsWith('http')

const hostOf = (url: string) => (isWeb(url) ? URL.parse(url)?.host : undefined)

const ofUser = ({ acceptedWhen, rejectedWhen }: Options): Predicates | undefined =>
  acceptedWhen && { acceptedWhen, rejectedWhen }

function rulesOf(times: Options, predicates: Predicates | undefined): Rules {
  const asks = (name: keyof Predicates) => predicates?.[name] && descriptionOf(predicates[name])
  return {
    ...times,
    hasRejectedWhen: predicates?.rejectedWhen !== undefined,
    asks: { acceptedWhen: asks('acceptedWhen'), rejectedWhen: asks('rejectedWhen') },
  }
}
