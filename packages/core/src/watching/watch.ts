import { z } from 'zod'
import type { Clock } from '../clock.ts'
import { functionOf, milliseconds, text } from '../options.ts'
import { descriptionOf } from './combinators.ts'
import { createDocuments } from './documents.ts'
import { type Evidence, isRedirect, type Natives, navigationEvidence, responseEvidence } from './evidence.ts'
import { arm, deadline, infer, isAboutTheSite, type Observation, type Rules } from './inference.ts'
import { withBodies } from './late-bodies.ts'
import { ask, type Opinion, type Predicate } from './predicate.ts'
import type { ObservedRequest, ObservedResponse, Observer, Source } from './source.ts'
import { byFields, byPredicate, byToken, type Recogniser } from './submission.ts'
import { publicUrl, type Verdict } from './verdict.ts'

/** How to infer a verdict. Times are in milliseconds. */
export interface WatchOptions<N extends Natives = Natives> {
  /** Whether a piece of evidence shows that the site accepted the token. */
  readonly acceptedWhen: Predicate<N>
  /** Whether a piece of evidence shows that the site rejected it. Without it, an answered submission on which `acceptedWhen` never holds is a rejection when time runs out. */
  readonly rejectedWhen?: Predicate<N> | undefined
  /** The token itself: the request that carries it is the submission. Recommended; it is never stored or sent anywhere. */
  readonly token?: string | undefined
  /** Which request is the submission, where the token can't be found in it. */
  readonly submittedWhen?: ((request: ObservedRequest) => boolean) | undefined
  /**
   * Whose evidence is judged: `submission` is the submission's own answer and the navigations that follow it, `page`
   * each response of the page from there on. Default: `submission` with `token` or `submittedWhen`, else `page`.
   */
  readonly scope?: 'submission' | 'page' | undefined
  /** From arming to the submission. Default: 120,000, what a token lives. */
  readonly submissionTimeout?: number | undefined
  /** From the submission to the verdict. Default: 30,000. */
  readonly verdictTimeout?: number | undefined
  /** For one predicate's answer to one piece of evidence, reading the body included. Default: 10,000. */
  readonly predicateTimeout?: number | undefined
}

export const watchOptions = z
  .strictObject(
    {
      acceptedWhen: functionOf<Predicate>(),
      rejectedWhen: functionOf<Predicate>().optional(),
      token: text('the token, a string that is not empty').optional(),
      submittedWhen: functionOf<(request: ObservedRequest) => boolean>().optional(),
      scope: z.enum(['submission', 'page'], "'submission' or 'page'").optional(),
      submissionTimeout: milliseconds().default(120_000),
      verdictTimeout: milliseconds().default(30_000),
      predicateTimeout: milliseconds().default(10_000),
    },
    'an object of options',
  )
  .refine((options) => options.scope !== 'submission' || options.token || options.submittedWhen, {
    path: ['scope'],
    message: "'page' where neither `token` nor `submittedWhen` tells which request is the submission",
  })

/** One page watched for one task, from arming to its verdict. */
export interface PageWatch {
  /** Always fulfils. */
  readonly verdict: Promise<Verdict>
  /** The user knows: their word is the verdict, at once. */
  tell(verdict: 'accepted' | 'rejected'): void
  /** Ends the watch; evidence that has arrived is still judged. */
  end(how: 'stopped' | 'superseded'): void
}

/** Where an observation will stand in the order. */
interface Place {
  observation?: Observation
}

/** What predicates may still take when a page has gone: an answer that arrived before gets through, no other will. */
const grace = 250

export function watchPage(source: Source, options: z.output<typeof watchOptions>, clock: Clock): PageWatch {
  const { acceptedWhen, rejectedWhen, token, submittedWhen } = options
  const recognise: Recogniser = token ? byToken(token) : submittedWhen ? byPredicate(submittedWhen) : byFields
  const fromSubmission = token !== undefined || submittedWhen !== undefined
  const wholePage = (options.scope ?? (fromSubmission ? 'submission' : 'page')) === 'page'
  const asks = { acceptedWhen: descriptionOf(acceptedWhen), rejectedWhen: rejectedWhen && descriptionOf(rejectedWhen) }
  const rules: Rules = { ...options, hasRejectedWhen: rejectedWhen !== undefined, asks }
  const leaving = new AbortController()
  const asking = { clock, limit: options.predicateTimeout, leaving: leaving.signal }
  const { promise: verdict, resolve } = Promise.withResolvers<Verdict>()

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
    const seen = () => `${evidence.kind} ${evidence.status ?? 'within the page'} ${publicUrl(evidence.url)}`
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
      put({ kind: 'submitted', at: clock.now(), seen: () => `${method} ${publicUrl(url)}, token in ${where}` })
    }
    return true
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
    return !fromSubmission || submissions.size > 0
  }

  function ended(how: 'page-closed' | 'page-crashed' | 'stopped' | 'superseded'): void {
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
    tell(told) {
      places.unshift({ observation: { kind: 'told', at: clock.now(), verdict: told } })
      settle()
    },
    end: ended,
  }
}

const isWeb = (url: string) => url.startsWith('http')
