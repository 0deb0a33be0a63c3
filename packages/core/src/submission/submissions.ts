import type { DoubtName } from '../inference/doubts.ts'
import type { createHints } from '../inference/hints.ts'
import type { Carrier, Observation } from '../inference/observation.ts'
import type { ObservedRequest, ObservedResponse, Source } from '../page/source.ts'
import { hostOf, withoutHash } from '../page/url.ts'
import { faultOf, isRedirect } from '../predicates/evidence.ts'
import type { KnownBefore } from '../predicates/known-before.ts'
import { createFrames, type Submission } from './frames.ts'
import { createFurther } from './further.ts'
import { joinNeighbours } from './neighbours.ts'
import { createOtherTokens } from './other-tokens.ts'
import { type Carriage, type Recogniser, shapeOf } from './submission.ts'

interface Surroundings {
  readonly source: Source
  readonly recognise: Recogniser
  readonly token: string | undefined
  readonly hints: ReturnType<typeof createHints>
  put(observation: Observation): void
  now(): number
  /** Which page it is; another one has another number as soon as it is asked for. */
  page(): number
  /** A URL, as it may be told. */
  shown(url: string): string
  /** The token left, for the first time or `isAgain`, by this request or another. `isLate`: its answer tells so. */
  submitted(request: ObservedRequest, carrier: Carrier, how: { where: string; isAgain: boolean; isLate: boolean }): void
  doubt(name: DoubtName): void
  isShared(): boolean
  /** Whether nothing tells which request is the submission. */
  readonly isGuessing: boolean
}

/** The submissions of a watch. There may be several: a page may send its token twice. */
export function createSubmissions(surroundings: Surroundings) {
  const { source, recognise, token, hints, put, now, doubt, isGuessing } = surroundings
  const knowsToken = token !== undefined
  const all: Submission[] = []
  /** The requests that took the token, by what is the same when one is sent again. */
  const carriers = new Map<string, Carrier>()
  const others = createOtherTokens(token)
  const of = (request: ObservedRequest) => all.find(({ chain }) => chain === request.chain)

  const frames = createFrames(all)

  /** Whether all that was answered is that there will be an answer. */
  let isPending = false

  const further = createFurther()

  /** What the page sends may be the submission. */
  const guess = () => isGuessing && doubt('otherRequest')

  const isAnswered = () => all.some(({ outcome }) => outcome === 'answered')

  const areLeft = () => all.length > 0 && all.every(({ isLeft }) => isLeft)

  const neighbours = joinNeighbours(source.page, now, isGuessing, (request) => {
    const own = of(request)
    const isOwn = own !== undefined || (knowsToken && recognise(request)?.lacksToken === false)
    // What looks like this token once more, and is the first of another watch, is that one's.
    if (own && own !== all[0] && !knowsToken) all.splice(all.indexOf(own), 1)
    else if (isOwn) return false
    doubt('otherCaptcha')
    return true
  })

  function add(request: ObservedRequest, { where }: Carriage, isLate: boolean): void {
    const { chain, frame, isNavigation, isUnattributed, native } = request
    const shape = shapeOf(request, token)
    const carrier = carriers.get(shape) ?? {
      name: `${request.method} ${surroundings.shown(request.url)}`,
      isCall: !isNavigation,
    }
    carriers.set(shape, carrier)
    const isAccompanied = others.learn(request, source.url())
    const isAgain = all.length > 0
    all.push({
      chain,
      frame,
      from: source.url(),
      isNavigation,
      isUnattributed,
      carrier,
      page: surroundings.page(),
      carriers: new Set([native]),
    })
    neighbours.enter()
    surroundings.submitted(request, carrier, { where, isAgain, isLate })
    if (isAccompanied) doubt('captchaBeside')
    if (neighbours.tell(request)) doubt('otherCaptcha')
  }

  return {
    all: all as readonly Submission[],
    of,
    names: others.names,

    /** Whether some submission has an answer that is more than a promise of one. */
    isAnswered: () => isAnswered() && !isPending,

    hasOpened: further.hasOpened,

    /** Whether a document answers one of them. */
    isAnswer: (document: ObservedResponse | undefined) => document !== undefined && of(document.request) !== undefined,

    /** What was known of a document's URL. That of a page shows where it is now; that of a frame only where its form went. */
    knownBeforeOf(document: ObservedResponse | undefined, isMainFrame: boolean): KnownBefore | undefined {
      const submission = document && of(document.request)
      if (!document || !submission?.carriers.has(document.request.native)) return undefined
      if (!isMainFrame) return 'target'
      return withoutHash(document.url) === withoutHash(submission.from) ? 'same-page' : undefined
    },

    /** Whether none of them can have led to what the browser goes on to. */
    areLeft,

    /** Whether the page did this before it could know an answer. `isWithin`: it stayed within its document. */
    precedes: (frame: object, isWithin: boolean) => frames.precedes(frame, isWithin, isPending),

    shown: frames.shown,

    /** It was answered. Whether that is the end of it, and about the token: 202 says that an answer will come. */
    answered(submission: Submission, response: ObservedResponse): boolean {
      submission.isHeard = true
      submission.redirectedBy = isRedirect(response) ? hostOf(response.url) : undefined
      if (submission.redirectedBy) return false
      const isFault = faultOf(response) !== undefined
      submission.outcome = isFault ? 'faulted' : 'answered'
      submission.isLeft = false
      isPending = response.status === 202
      return !isPending && !isFault
    },

    /** The page shows a document of this status, if any. Whether that is the answer which a 202 told of. */
    fulfils(status: number | undefined): boolean {
      const isAnswer = isPending && status !== 202
      if (isAnswer) isPending = false
      return isAnswer
    },

    /** A request is over. */
    end: further.end,

    awaitsFurther: further.areOpen,

    /** Whether what is no answer to any may tell of one: it comes after an answer, and of the same site, not its captcha. */
    concerns: ({ url }: ObservedResponse) => isAnswered() && others.isOfSite(url),

    /** Whether this very request takes the token along. `isLate`: it was answered already. */
    submits(request: ObservedRequest, isLate = false): boolean {
      if (request.isUnattributed && !knowsToken) return false // nothing else tells whose it is
      const known = of(request)
      if (known?.carriers.has(request.native)) return true
      const carriage = recognise(request)
      if (!carriage) return false
      if (isLate && !knowsToken && !known) {
        // It may be an earlier watch's.
        doubt('earlierSubmission')
        doubt('otherWatch')
        return false
      }
      if (known) {
        known.carriers.add(request.native)
        return true
      }
      if (carriage.lacksToken || carriage.copy !== undefined) {
        if (carriage.copy === undefined) hints.lacking(request)
        else hints.copied(request, carriage.copy)
        return false
      }
      if (!knowsToken && (isAnswered() || areLeft() || surroundings.isShared())) {
        doubt('otherCaptcha')
        return false
      }
      add(request, carriage, isLate)
      return true
    },

    carriedInCookie(request: ObservedRequest): void {
      if (all.length === 0) add(request, { where: 'cookie' }, false)
    },

    /** There will be no answer. The submission, where that is news. */
    lose(request: ObservedRequest): Submission | undefined {
      const lost = of(request)
      if (!lost || lost.outcome) return undefined
      lost.outcome = 'lost'
      lost.isLeft ??= lost.isNavigation
      return lost
    },

    /** The site handed over to another host, which does not answer: the redirect was its last word. */
    handedOver(submission: Submission, { url }: ObservedRequest): boolean {
      const isHandedOver = submission.redirectedBy !== undefined && submission.redirectedBy !== hostOf(url)
      if (isHandedOver) submission.outcome = 'answered'
      return isHandedOver
    },

    /** Looks at a request that does not take the token along: it may take another, or leave a form behind. */
    overlook(request: ObservedRequest): void {
      const { url, method, frame, isNavigation, isUnattributed } = request
      if (isUnattributed || of(request)) return
      if (all.length === 0) {
        if (further.open(request, source.url())) {
          guess()
          if (isGuessing) neighbours.enter()
          if (isGuessing && neighbours.tell(request, true)) doubt('otherCaptcha')
        }
        if (others.meet(request)) hints.stranger(request)
        return
      }
      if (others.isOfSite(url) && further.add(request)) guess()
      const left = isNavigation ? frames.leave(frame) : []
      if (left.some(({ outcome }) => !outcome || outcome === 'lost')) put({ kind: 'left', at: now() })
      if (isNavigation && method === 'POST' && (left.length > 0 || isAnswered())) doubt('furtherForm')
      if (others.isAnother(request)) doubt('otherCaptcha')
    },

    /** The watch has ended; the page may go by the answer to its token until then. */
    leave: neighbours.leave,

    /** Has the page's other watches know of what may be a submission, told only after this watch had ended. */
    departed(request: ObservedRequest, until: number): void {
      if (all.length > 0) return
      const carriage = recognise(request)
      const isSubmission = carriage && !carriage.lacksToken && carriage.copy === undefined
      if (!isSubmission && !(isGuessing && further.open(request, source.url()))) return
      neighbours.enter()
      neighbours.leave(until)
      neighbours.tell(request, !isSubmission)
    },
  }
}
