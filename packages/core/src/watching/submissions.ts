import { isBeforehand } from './evidence.ts'
import type { Foretold } from './foretold.ts'
import { isAboutTheSite } from './inference.ts'
import { type ObservedRequest, type ObservedResponse, passive, type Source } from './source.ts'
import { byFields, hasAnother, namesOf, type Recogniser, vendors } from './submission.ts'
import { siteOf, withoutHash } from './url.ts'

/** A redirect chain that began with the token. */
interface Submission {
  readonly chain: object
  readonly frame: object | undefined
  /** Where the page was. */
  readonly from: string
  readonly isNavigation: boolean
  readonly isStray: boolean
  /** Those of its requests that take the token along; the GET that follows a form's redirect does not. */
  readonly carriers: Set<object>
  /** Whether any answer came, be it that of a redirect which the page's script does not follow. */
  isHeard?: boolean
  /** `lost`: there was no answer. */
  outcome?: 'answered' | 'faulted' | 'lost'
  /** Whether it was a form, and the browser went elsewhere before there was an answer; once known it stays so. */
  isLeft?: boolean
}

interface Listener {
  /** The token left, for the first time or once more. */
  submitted(request: ObservedRequest, where: string, isFirst: boolean): void
  /** Another token may have left: what the page does from now on is perhaps not about this one. */
  another(): void
  /** The page went on to something without the token: what comes of that is not about the token alone. */
  further(why: string): void
  /** Whether the page may be about another token by now. */
  isElsewhere(): boolean
  /** The same of a form: the site may refuse that. */
  form(): void
}

/** By page: who hears of it when a token leaves. Answers whether it may still have to do with what the page does. */
const neighbours = new WeakMap<object, Set<(request: ObservedRequest) => boolean>>()

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
  const sites = new Set<string | undefined>()
  /** Of the fields that held the token. */
  const names = new Set<string>()
  const of = (request: ObservedRequest) => all.find(({ chain }) => chain === request.chain)

  /** Frames that no longer show what waited for an answer, or ask for a document when none can come. */
  const free = new Set<object>()

  /**
   * Calls that were sent after the token, and pages after its answer; they wait for their own. Puppeteer may tell of a
   * call before the answer that it came of.
   */
  const further = new Set<object>()

  /** What was got since. */
  const got = new Set<string>()

  /** Whether all that was answered is that there will be an answer. */
  let isPending = false

  const isHeard = () => all.some(({ isHeard }) => isHeard)

  const isAnswered = () => all.some(({ outcome }) => outcome === 'answered')

  const areLeft = () => all.length > 0 && all.every(({ isLeft }) => isLeft)

  const isOfSite = (url: string) => sites.has(siteOf(url)) && !vendors.test(url)

  const isAnother = (request: ObservedRequest) =>
    byFields(request) || (token !== undefined && isOfSite(request.url) && hasAnother(token, names, request))

  function follow({ chain, url, method, isNavigation }: ObservedRequest): void {
    if (method !== 'GET' || (isNavigation && isAnswered())) further.add(chain)
    if (method !== 'GET' || !isAnswered()) return
    // A time that keeps caches away makes it no other.
    const what = url.replace(/\d{10,}|#.*/g, '')
    if (got.has(what)) listener.further('the page asks again, as one that waits')
    got.add(what)
  }

  function hear(request: ObservedRequest): boolean {
    const own = of(request)
    // What looks like this token once more, and is the first of another watch, is that one's.
    if (own && own !== all[0] && !knowsToken) all.splice(all.indexOf(own), 1)
    else if (own || (knowsToken && recognise(request))) return false
    listener.another()
    return all.some(({ outcome }) => !outcome)
  }

  return {
    all: all as readonly Submission[],
    of,

    isAnswered,

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
      if (all.length === 0 || isHeard()) return false
      if (isWithin) return true
      const isForm = all.some(
        (submission) => submission.isNavigation && !submission.isLeft && submission.frame === frame,
      )
      return !isForm && !free.has(frame)
    },

    /** It was answered, by this status or a redirect. Whether that is the end of it: 202 says that an answer will come. */
    answered(submission: Submission, status: number, isRedirect: boolean): boolean {
      submission.isHeard = true
      if (isRedirect) return false
      submission.outcome = isAboutTheSite(status) ? 'faulted' : 'answered'
      submission.isLeft = false
      isPending = status === 202
      return !isPending
    },

    /** The page shows a document of this status, if any. Whether that is the answer which a 202 told of. */
    fulfils(status: number | undefined): boolean {
      const isAnswer = isPending && status !== 202
      if (isAnswer) isPending = false
      return isAnswer
    },

    /** A further call or page has its answer. Whether it was a call. */
    answersFurther: ({ chain, isNavigation }: ObservedRequest) =>
      further.delete(chain) && isAnswered() && !isNavigation,

    /** Whether a further call or page still waits for its answer. */
    awaitsFurther: () => further.size > 0,

    /** Whether what is no answer to any may tell of one: it comes after an answer, and of the same site, not its captcha. */
    concerns: ({ url }: ObservedResponse) => isAnswered() && isOfSite(url),

    /** Whether this very request takes the token along. */
    submits(request: ObservedRequest): boolean {
      if (request.isStray && !knowsToken) return false // nothing else tells whose it is
      const { chain, frame, isNavigation, isStray, native } = request
      const known = of(request)
      if (known?.carriers.has(native)) return true
      const where = recognise(request)
      if (!where) return false
      if (known) {
        known.carriers.add(native)
        return true
      }
      const isFirst = all.length === 0
      if (!knowsToken && (isAnswered() || areLeft() || listener.isElsewhere())) {
        listener.another()
        return false
      }
      sites.add(siteOf(request.url)).add(siteOf(source.url()))
      if (token !== undefined) for (const name of namesOf(token, request)) names.add(name)
      all.push({ chain, frame, from: source.url(), isNavigation, isStray, carriers: new Set([native]) })
      const others = neighbours.get(page) ?? new Set()
      neighbours.set(page, others.add(hear))
      listener.submitted(request, where, isFirst)
      for (const other of others) if (other !== hear && other(request)) listener.another()
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

    /** There will be no answer. Whether that is news. */
    lose(request: ObservedRequest): boolean {
      // Of a page the browser tells by another in its place, or has gone elsewhere.
      if (further.delete(request.chain) && isAnswered() && !request.isNavigation)
        listener.further('a further call got no answer')
      const lost = of(request)
      if (!lost || lost.outcome) return false
      lost.outcome = 'lost'
      lost.isLeft ??= lost.isNavigation
      return true
    },

    /** Looks at a request that does not take the token along: it may take another, or leave a form behind. */
    overlook(request: ObservedRequest): void {
      const { url, method, frame, isNavigation, isStray } = request
      if (all.length === 0 || isStray || of(request)) return
      if (isOfSite(url) && isRead(request)) follow(request)
      if (isNavigation && frame && all.every(({ outcome }) => outcome)) free.add(frame)
      const left = isNavigation ? all.filter((submission) => submission.frame === frame) : []
      // The end of what was left may be told only after what it was left for.
      for (const submission of left) if (submission.isNavigation) submission.isLeft ??= !submission.outcome
      if (isNavigation && method === 'POST' && (left.length > 0 || isAnswered())) listener.form()
      if (isAnother(request)) listener.another()
    },

    end(): void {
      neighbours.get(page)?.delete(hear)
    },
  }
}
