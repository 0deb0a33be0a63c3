import { faultOf, isBeforehand, isRedirect } from './evidence.ts'
import type { Foretold } from './foretold.ts'
import type { Carrier } from './observation.ts'
import { createOtherTokens } from './other-tokens.ts'
import { type ObservedRequest, type ObservedResponse, passive, type Source } from './source.ts'
import { type Carriage, type Recogniser, shapeOf } from './submission.ts'
import { hostOf, siteOf, withoutHash } from './url.ts'

/** A redirect chain that began with the token. */
interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** Where the page was. */
  readonly from: string
  readonly isNavigation: boolean
  readonly isStray: boolean
  readonly carrier: Carrier
  /** Which page sent it. */
  readonly page: number
  /** Those of its requests that take the token along; the GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  /** The host that answered last, by a redirect. */
  redirectedBy?: string | undefined
  /** Whether any answer came, be it that of a redirect which the page's script does not follow. */
  isHeard?: boolean
  /** `lost`: there was no answer. */
  outcome?: 'answered' | 'faulted' | 'lost'
  /** Whether it was a form, and the browser went elsewhere before there was an answer; once known it stays so. */
  isLeft?: boolean
}

interface Listener {
  now(): number
  /** Which page it is; another one has another number as soon as it is asked for. */
  page(): number
  /** A request as it may be told. */
  name(request: ObservedRequest): string
  /** The token left, for the first time or `isAgain`, by this request or another. `isLate`: its answer tells so. */
  submitted(request: ObservedRequest, carrier: Carrier, how: { where: string; isAgain: boolean; isLate: boolean }): void
  /** The token left in a copy of what was typed, under this name. */
  copied(request: ObservedRequest, copy: string): void
  /** `submittedWhen` held on a request without the token. */
  lacking(request: ObservedRequest): void
  /** Another token left along with this one. */
  accompanied(): void
  /** Another token may have left: what the page does from now on is perhaps not about this one. */
  another(): void
  /** A form without the token was sent: the site may refuse that. */
  form(): void
  /** The page was left before there was an answer. */
  left(): void
  /** What may have been a submission had left before the watch was armed. */
  missed(): void
  /** The page sent something that nothing tells from a submission. */
  sent(): void
  /** Before the token left, another one did in a field of a well-known name. */
  stranger(request: ObservedRequest): void
  /** Whether the page may be about another token by now. */
  isElsewhere(): boolean
}

/** A watch of the same page. */
interface Neighbour {
  /** A token left. Answers whether that is another's than the watch's own. */
  hear(request: ObservedRequest): boolean
  /** Until when the page may go by the answer to its token, though the watch has ended; in ms since the epoch. */
  until: number
}

/** By page: the watches with a submission. */
const neighbours = new WeakMap<object, Set<Neighbour>>()

/** Whether the page may go by the answer: nobody reads that of a beacon. */
const isRead = (request: ObservedRequest) =>
  !passive.has(request.resourceType) && !/^(?:ping|beacon)$/.test(request.resourceType) && !isBeforehand(request)

/** The submissions of a watch. There may be several: a page may send its token twice. */
export function createSubmissions(
  source: Source,
  recognise: Recogniser,
  token: string | undefined,
  listener: Listener,
) {
  const { page } = source
  const knowsToken = token !== undefined
  const all: Submission[] = []
  /** The requests that took the token, by what is the same when one is sent again. */
  const carriers = new Map<string, Carrier>()
  const others = createOtherTokens(token)
  const of = (request: ObservedRequest) => all.find(({ chain }) => chain === request.chain)

  /** Frames that no longer show what waited for an answer, or ask for a document when none can come. */
  const free = new Set<object>()

  /** Requests to the same site since, which wait for their answer. */
  const further = new Set<object>()

  /** Whether all that was answered is that there will be an answer. */
  let isPending = false

  /** Forms and calls to the page's own site before a submission that is known to be one. */
  const openings = new Set<object>()

  let hasOpened = false

  const isHeard = () => all.some(({ isHeard }) => isHeard)

  const isAnswered = () => all.some(({ outcome }) => outcome === 'answered')

  const areLeft = () => all.length > 0 && all.every(({ isLeft }) => isLeft)

  const self: Neighbour = {
    until: Number.POSITIVE_INFINITY,
    hear(request) {
      const own = of(request)
      const isOwn = own !== undefined || (knowsToken && recognise(request)?.lacksToken === false)
      // What looks like this token once more, and is the first of another watch, is that one's.
      if (own && own !== all[0] && !knowsToken) all.splice(all.indexOf(own), 1)
      else if (isOwn) return false
      listener.another()
      return true
    },
  }

  function add(request: ObservedRequest, { where }: Carriage, isLate: boolean): void {
    const { chain, frame, isNavigation, isStray, native } = request
    const shape = shapeOf(request, token)
    const carrier = carriers.get(shape) ?? { name: listener.name(request), isCall: !isNavigation }
    carriers.set(shape, carrier)
    const isAccompanied = others.learn(request, source.url())
    const isAgain = all.length > 0
    all.push({
      chain,
      frame,
      from: source.url(),
      isNavigation,
      isStray,
      carrier,
      page: listener.page(),
      carriers: new Set([native]),
    })
    const here = neighbours.get(page) ?? new Set()
    neighbours.set(page, here.add(self))
    listener.submitted(request, carrier, { where, isAgain, isLate })
    if (isAccompanied) listener.accompanied()
    for (const neighbour of here) {
      if (neighbour.until < listener.now()) here.delete(neighbour)
      else if (neighbour !== self && neighbour.hear(request)) listener.another()
    }
  }

  return {
    all: all as readonly Submission[],
    of,
    names: others.names,

    /** Whether some submission has an answer that is more than a promise of one. */
    isAnswered: () => isAnswered() && !isPending,

    /** Whether the page's own site answered a form or a call, which may be a submission that nothing else tells of. */
    hasOpened: () => hasOpened,

    /** Whether a document answers one of them. */
    isAnswer: (document: ObservedResponse | undefined) => document !== undefined && of(document.request) !== undefined,

    /** What was known of a document's URL. That of a page shows where it is now; that of a frame only where its form went. */
    foretells(document: ObservedResponse | undefined, isMainFrame: boolean): Foretold | undefined {
      const submission = document && of(document.request)
      if (!document || !submission?.carriers.has(document.request.native)) return undefined
      if (!isMainFrame) return 'sent'
      return withoutHash(document.url) === withoutHash(submission.from) ? 'stays' : undefined
    },

    /** Whether none of them can have led to what the browser goes on to. */
    areLeft,

    /** Whether the page did this before it could know an answer. `isWithin`: it stayed within its document. */
    precedes(frame: object, isWithin: boolean): boolean {
      if (all.length === 0) return false
      // A script may show in advance what it expects; a 202 is no answer to it yet.
      if (isWithin) return isPending || all.some(({ isHeard }) => !isHeard)
      if (isHeard()) return false
      const isForm = all.some(
        (submission) => submission.isNavigation && !submission.isLeft && submission.frame === frame,
      )
      return !isForm && !free.has(frame)
    },

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

    /** A request without the token is over. */
    end({ chain }: ObservedRequest, isAnswered: boolean): void {
      further.delete(chain)
      if (openings.delete(chain) && isAnswered) hasOpened = true
    },

    /** Whether a further request still waits for its answer. */
    awaitsFurther: () => further.size > 0 || openings.size > 0,

    /** Whether what is no answer to any may tell of one: it comes after an answer, and of the same site, not its captcha. */
    concerns: ({ url }: ObservedResponse) => isAnswered() && others.isOfSite(url),

    /** Whether this very request takes the token along. `isLate`: it was answered already. */
    submits(request: ObservedRequest, isLate = false): boolean {
      if (request.isStray && !knowsToken) return false // nothing else tells whose it is
      const known = of(request)
      if (known?.carriers.has(request.native)) return true
      const carriage = recognise(request)
      if (!carriage) return false
      if (isLate && !knowsToken && !known) {
        listener.missed() // it may be an earlier watch's
        return false
      }
      if (known) {
        known.carriers.add(request.native)
        return true
      }
      if (carriage.lacksToken || carriage.copy !== undefined) {
        if (carriage.copy === undefined) listener.lacking(request)
        else listener.copied(request, carriage.copy)
        return false
      }
      if (!knowsToken && (isAnswered() || areLeft() || listener.isElsewhere())) {
        listener.another()
        return false
      }
      add(request, carriage, isLate)
      return true
    },

    /** A frame shows a document: of a form that was not left before, that is the answer, which Puppeteer may tell later. */
    shown(frame: object, isDocument: boolean): void {
      if (isDocument && all.length > 0) free.add(frame)
      for (const submission of all) {
        if (submission.frame !== frame) continue
        submission.isLeft ??= false
        if (isDocument && submission.isNavigation && !submission.isLeft) submission.isHeard = true
      }
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
      const { url, method, chain, frame, isNavigation, isStray } = request
      if (isStray || of(request)) return
      if (all.length === 0) {
        if (method !== 'GET' && isRead(request) && siteOf(url) === siteOf(source.url())) {
          openings.add(chain)
          listener.sent()
        }
        if (others.meet(request)) listener.stranger(request)
        return
      }
      if (others.isOfSite(url) && isRead(request)) further.add(chain)
      if (method !== 'GET' && further.has(chain)) listener.sent()
      if (isNavigation && frame && all.every(({ outcome }) => outcome)) free.add(frame)
      const left = isNavigation ? all.filter((submission) => submission.frame === frame) : []
      if (left.some(({ outcome }) => !outcome || outcome === 'lost')) listener.left()
      // The end of what was left may be told only after what it was left for.
      for (const submission of left) if (submission.isNavigation) submission.isLeft ??= !submission.outcome
      if (isNavigation && method === 'POST' && (left.length > 0 || isAnswered())) listener.form()
      if (others.isAnother(request)) listener.another()
    },

    /** The watch has ended; the page may go by the answer to its token until then. */
    leave(until: number): void {
      self.until = until
    },
  }
}
