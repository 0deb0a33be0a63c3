import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import { descriptionOf } from './combinators.ts'
import { createDocuments } from './documents.ts'
import { type Evidence, isRedirect, navigationEvidence, responseEvidence } from './evidence.ts'
import { arm, deadline, infer, isAboutTheSite, type Observation, type Rules } from './inference.ts'
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

/** A redirect chain that began with the submission. */
interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** Those of its requests that take the token along; the GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  isAnswered: boolean
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
  inferring: (observation: Observation) => void = nothing,
): PageWatch {
  const { token, submittedWhen } = options
  const recognise = recogniserOf(options)
  const shown = (url: string) => publicUrl(url, token ? holdsToken(token) : undefined)
  const fromSubmission = token !== undefined || submittedWhen !== undefined
  const wholePage = (options.scope ?? (fromSubmission ? 'submission' : 'page')) === 'page'
  /** Made when a predicate is asked, since most watches that are open wait. */
  let leaving: AbortController | undefined
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()
  /** Known from the start, or by the site that the submission tells. */
  let predicates = ofUser(options)
  let rules = rulesOf(options, predicates)
  let site: string | undefined

  let inference = arm(clock.now())
  let timerAt: number | undefined
  let cancelTimer = nothing
  let cancelGrace = nothing
  let stopObserving = nothing
  /** In the order in which things happened; a place stays empty until its predicates have answered. */
  const places: Place[] = []
  /** There may be several: a page may send its token twice. */
  const submissions: Submission[] = []
  const submissionOf = (request: ObservedRequest) => submissions.find(({ chain }) => chain === request.chain)
  let isAnswered = false
  /** Made at the first request, since most watches that are open wait for that. */
  let made: ReturnType<typeof createDocuments> | undefined
  const documents = () => (made ??= createDocuments(clock))

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
      const at = deadline(inference, rules)
      if (at === timerAt) return
      timerAt = at
      cancelTimer()
      cancelTimer = clock.after(Math.max(0, at - clock.now()), () => put({ kind: 'time', at }))
      return
    }
    places.length = 0
    cancelTimer()
    cancelGrace()
    stopObserving()
    leaving?.abort()
    resolve(inference.verdict)
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
    leaving ??= new AbortController()
    const asking = { clock, limit: options.predicateTimeout, leaving: leaving.signal }
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

  /** Whether this very request takes the token along. */
  function submits(request: ObservedRequest): boolean {
    if (request.isStray && !token) return false // nothing else tells whose it is
    const { chain, frame, method, url, native } = request
    const known = submissionOf(request)
    if (known?.carriers.has(native)) return true
    const where = recognise(request)
    if (!where) return false
    if (known) {
      known.carriers.add(native)
    } else {
      if (isAnswered) put({ kind: 'resubmitted', at: clock.now() })
      submissions.push({ chain, frame, carriers: new Set([native]), isAnswered: false })
      const how = where === 'submittedWhen' ? 'by' : 'token in'
      put({ kind: 'submitted', at: clock.now(), seen: () => `${method} ${shown(url)}, ${how} ${where}` })
      const from = isWeb(source.url()) ? source.url() : url
      site ??= hostOf(from)
      if (predicates) return true
      predicates = ruleFor(sites, from)
      rules = rulesOf(options, predicates)
      if (!predicates) ended('no-rule')
    }
    return true
  }

  const observer: Observer = {
    request(request) {
      if (!isWeb(request.url)) return
      documents().requested(request)
      const isAnothers = !submits(request) && isAnswered && !submissionOf(request) && byFields(request)
      if (isAnothers) put({ kind: 'resubmitted', at: clock.now() })
    },
    response(response) {
      const { request, status } = response
      if (!isWeb(response.url)) return
      // Asked again, for a watch that was armed after the request had left.
      const carriesToken = submits(request)
      const submission = submissionOf(request)
      const isSubmission = submission !== undefined
      documents().responded(response)
      // Where a redirect leads is known when it has led there: /dashboard may bounce to /login again.
      if (isRedirect(status) && !carriesToken) return
      if (submission && !isRedirect(status)) {
        submission.isAnswered = true
        isAnswered ||= !isAboutTheSite(status)
        put({ kind: 'answered', at: clock.now(), status })
      }
      if (isSubmission || (wholePage && hasBegun() && !request.isStray)) judge(responseEvidence(response, isSubmission))
    },
    failed(request) {
      documents().failed(request)
      if (submissionOf(request)?.isAnswered === false) put({ kind: 'failed', at: clock.now() })
    },
    navigated(navigation) {
      const loaded = documents().loadedBy(navigation)
      const isOurs = navigation.isMainFrame || submissions.some(({ frame }) => frame === navigation.frame)
      if (!isWeb(navigation.url) || !hasBegun() || !isOurs) return
      const evidence = (document: ObservedResponse | undefined) =>
        navigationEvidence(navigation, document, document !== undefined && submissionOf(document.request) !== undefined)
      judge(loaded instanceof Promise ? loaded.then(evidence) : evidence(loaded))
    },
    ended,
  }

  function hasBegun(): boolean {
    return submissions.length > 0 || (!fromSubmission && predicates !== undefined)
  }

  function ended(how: (Observation & { kind: 'ended' })['how']): void {
    if (inference.verdict) return
    stopObserving()
    cancelGrace = clock.after(grace, () => leaving?.abort())
    put({ kind: 'ended', at: clock.now(), how })
  }

  stopObserving = source.observe(observer)
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

const nothing = () => {}

export const isWeb = (url: string) => url.startsWith('http')

const hostOf = (url: string) => (isWeb(url) ? URL.parse(url)?.host : undefined)

const ofUser = ({ acceptedWhen, rejectedWhen }: Options): Predicates | undefined =>
  acceptedWhen && { acceptedWhen, rejectedWhen }

function rulesOf({ submissionTimeout, verdictTimeout }: Options, predicates: Predicates | undefined): Rules {
  const asks = (name: keyof Predicates) => predicates?.[name] && descriptionOf(predicates[name])
  return {
    submissionTimeout,
    verdictTimeout,
    hasRejectedWhen: predicates?.rejectedWhen !== undefined,
    asks: { acceptedWhen: asks('acceptedWhen'), rejectedWhen: asks('rejectedWhen') },
  }
}
