import type { DoubtName } from '../inference/doubts.ts'
import type { createHints } from '../inference/hints.ts'
import type { Carrier, Observation } from '../inference/observation.ts'
import { glancing } from '../inference/state.ts'
import type { UndecidedReason } from '../inference/verdict.ts'
import type { ObservedRequest, ObservedResponse, Source } from '../page/source.ts'
import { withoutHash } from '../page/url.ts'
import type { KnownBefore } from '../predicates/known-before.ts'
import { createFrames, type Submission } from './frames.ts'
import { createFurther } from './further.ts'
import { joinNeighbours } from './neighbours.ts'
import { createOtherTokens } from './other-tokens.ts'
import { createOutcomes } from './outcomes.ts'
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
  submitted(request: ObservedRequest, carrier: Carrier, how: { by: string; isAgain: boolean; isLate: boolean }): void
  /** What the page showed so far, it showed before something that it sends. */
  sent(): void
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

  const outcomes = createOutcomes(all)
  const { isAnswered } = outcomes

  const further = createFurther()

  /** Whether another captcha's token left before a submission was seen. */
  let hasMetOthers = false
  /** Whether the answer was the first that was seen of one. */
  let isArmedLate = false
  let hasEnded = false
  /** Whether one was told only after that. */
  let hasDeparted = false

  /** What the page sends may be the submission, and what it showed before is not the answer. */
  function guess(request: ObservedRequest): void {
    if (!isGuessing) return
    surroundings.sent()
    doubt('otherRequest')
    if (further.isDoubled(request)) doubt('tokenAgain')
  }

  const areLeft = () => all.length > 0 && all.every(({ isLeft }) => isLeft)

  function hear(request: ObservedRequest): boolean {
    const own = of(request)
    const isOwn = own !== undefined || (knowsToken && recognise(request)?.lacksToken === false)
    // What looks like this token once more, and is the first of another watch, is that one's.
    if (own && own !== all[0] && !knowsToken) all.splice(all.indexOf(own), 1)
    else if (isOwn) return false
    doubt('otherCaptcha')
    return true
  }
  const mayRepeat = () => outcomes.hasFailed() || (hasEnded && (hasDeparted || outcomes.isUnknown()))
  const share = () => doubt('otherCaptcha')
  const neighbours = joinNeighbours(source.page, now, { isGuessing, hear, share, mayRepeat })
  if (isGuessing && neighbours.mayAnswer()) {
    neighbours.share()
    doubt('otherWatch')
  }

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
    isArmedLate ||= isLate
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
    surroundings.sent()
    const by = where === 'submittedWhen' ? 'by submittedWhen' : `token in ${where}`
    surroundings.submitted(request, carrier, { by, isAgain, isLate })
    if (isAccompanied) doubt('captchaBeside')
    const isOvertaken = isLate && (hasMetOthers || further.some(others.isAnother))
    if (neighbours.tell(request) || isOvertaken) doubt('otherCaptcha')
  }

  return {
    all: all as readonly Submission[],
    of,
    names: others.names,

    /** Whether some submission has an answer that is more than a promise of one. */
    isAnswered: () => isAnswered() && !outcomes.isPending(),

    areAnswered: outcomes.areAnswered,
    answered: outcomes.answered,
    fulfils: outcomes.fulfils,
    handedOver: outcomes.handedOver,

    /** There will be no answer. The submission, where that is news. */
    lose: (request: ObservedRequest) => outcomes.lose(of(request)),

    hasOpened: further.hasOpened,

    isArmedLate: () => isArmedLate,

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
    precedes: (frame: object, isWithin: boolean) => frames.precedes(frame, isWithin, outcomes.isPending()),

    shown: frames.shown,
    answersIn: (popup: object) => frames.answersIn(popup, isArmedLate),

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
      if (!knowsToken && (isAnswered() || areLeft() || surroundings.isShared() || neighbours.mayRepeat())) {
        neighbours.tell(request) // which may take it for their own as well
        doubt('otherCaptcha')
        return false
      }
      add(request, carriage, isLate)
      return true
    },

    carriedInCookie(request: ObservedRequest): void {
      if (all.length === 0) add(request, { where: 'cookie' }, false)
    },

    /** Looks at a request that does not take the token along: it may take another, or leave a form behind. */
    overlook(request: ObservedRequest): void {
      const { url, method, frame, isNavigation, isUnattributed } = request
      if (isUnattributed || of(request)) return
      if (all.length === 0) {
        if (further.open(request, source.url())) {
          guess(request)
          if (isGuessing) {
            if (neighbours.mayAnswer()) doubt('otherCaptcha')
            neighbours.enter()
            neighbours.tellGuess(request)
          }
        }
        if (!others.meet(request)) return
        hasMetOthers = true
        hints.stranger(request)
        return
      }
      if (others.isOfSite(url) && further.add(request)) guess(request)
      const left = isNavigation ? frames.leave(frame) : []
      if (left.some(({ outcome }) => !outcome || outcome === 'lost')) put({ kind: 'left', at: now() })
      if (isNavigation && method === 'POST' && (left.length > 0 || isAnswered())) doubt('furtherForm')
      if (others.isAnother(request)) doubt('otherCaptcha')
    },

    /** The watch has ended; the page may go by its token until then, also by one that was not seen. */
    leave(until: number, reason: UndecidedReason | undefined): void {
      hasEnded = true
      if (reason === 'superseded') neighbours.enter()
      neighbours.leave({ answersUntil: reason ? until : now() + glancing, repeatsUntil: until })
    },

    /** Has the page's other watches know of what may be a submission, told only after this watch had ended. */
    departed(request: ObservedRequest, until: number): void {
      const carriage = recognise(request)
      const isSubmission = carriage && !carriage.lacksToken && carriage.copy === undefined
      if (!isSubmission && !(isGuessing && further.open(request, source.url()))) return
      hasDeparted = true
      if (all.length > 0) return
      neighbours.enter()
      neighbours.leave({ answersUntil: until, repeatsUntil: until })
      if (isSubmission) neighbours.tell(request)
      else neighbours.tellGuess(request)
    },
  }
}
