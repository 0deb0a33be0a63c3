import type { Clock } from '../clock.ts'
import { type Observation, sentence } from '../inference/observation.ts'
import {
  type ObservedRequest,
  type ObservedResponse,
  type Observer,
  readable,
  type SentRequest,
  type Source,
} from '../page/source.ts'
import { isLegible } from '../predicates/captcha.ts'
import { EvidenceError, isDownload, isSubresource } from '../predicates/evidence.ts'
import { holdsToken } from '../submission/token-text.ts'
import type { SubmissionOptions } from '../watch/watch-options.ts'
import type { Visit, VisitFact, VisitRequest } from './visit.ts'

/**
 * Size limits of one body and of all bodies in a record, in characters. Text over the limit is left out, except the
 * token, and marked as such.
 */
const largestBody = 512 * 1024
const largestVisit = 4 * 1024 * 1024
/** Request headers that are left out: no predicate sees them, and anybody could log in with them. */
const secretHeaders = new Set(['cookie', 'authorization', 'proxy-authorization'])

const tellable = ['headers', 'transition'] as const

type New<F> = F extends unknown ? Omit<F, 'at'> : never

export type Recorder = ReturnType<typeof createRecorder>

/**
 * Records what a source reports while it is watched. The watch sees no difference, except that bodies are read only
 * once.
 */
export function createRecorder(
  source: Source,
  { submittedWhen, token = '' }: Pick<SubmissionOptions, 'submittedWhen'> & { readonly token?: string | undefined },
  clock: Clock,
) {
  const armedAt = clock.now()
  const carries = holdsToken(token)
  const requests: VisitRequest[] = []
  const facts: VisitFact[] = []
  const trail: string[] = []
  /** The latest record of a request, as an index of `requests`, by the library's object. */
  const known = new WeakMap<object, number>()
  /** The numbers of the library's requests, of chains and of frames. */
  const numbers = new WeakMap<object, number>()
  const answers = new Map<string, Promise<unknown>>()
  const reading = new Set<Promise<unknown>>()
  let [next, size] = [0, 0]
  let url: string | undefined
  let isOver = false
  let isCut = false
  noteUrl()

  function note(fact: New<VisitFact>): void {
    if (isOver) return
    size += JSON.stringify(fact).length
    facts.push({ ...fact, at: clock.now() - armedAt } as VisitFact)
  }

  function noteUrl(): void {
    const now = readable(() => source.url())
    if (now === undefined || now === url) return
    url = now
    note({ kind: 'url', url })
  }

  function numberOf(object: object): number {
    const number = numbers.get(object) ?? next++
    numbers.set(object, number)
    return number
  }

  /**
   * A large body is kept if it contains the token, because the token's place in it distinguishes a submission from a
   * copy.
   */
  function keptOf(body: string | undefined): string | undefined {
    const most = body && body.length > largestBody && carries(body) ? largestVisit - size : largestBody
    if (body === undefined || body.length <= most) return body
    isCut = true
    return carries(body) ? token : ''
  }

  function requestOf(observed: ObservedRequest): number {
    const { native, chain, frame, body } = observed
    const seen = known.get(native) ?? -1
    const kept = keptOf(body)
    const headers = withoutSecrets(observed.headers)
    // The user's interception may have changed the body meanwhile, or the browser may have reported more headers.
    const before = requests[seen]
    if (before && before.body === kept && isSame(before.headers, headers)) return seen
    const tells = tellable.filter((what) => observed[what === 'headers' ? 'allHeaders' : 'transition'])
    size += observed.url.length + (kept?.length ?? 0)
    known.set(native, requests.length)
    return (
      requests.push({
        native: numberOf(native),
        chain: numberOf(chain),
        ...(frame && { frame: numberOf(frame) }),
        url: observed.url,
        method: observed.method,
        resourceType: observed.resourceType,
        headers,
        ...(kept !== undefined && { body: kept }),
        isNavigation: observed.isNavigation,
        isUnattributed: observed.isUnattributed,
        ...(submittedWhen && holds(submittedWhen, observed) && { isMeant: true }),
        ...(tells.length > 0 && { tells }),
      }) - 1
    )
  }

  /** Reads once, on the first call, and records the result. */
  function asked<T extends string | Readonly<Record<string, string>> | undefined>(
    request: number,
    what: (VisitFact & { kind: 'read' })['what'],
    ask: () => Promise<T>,
  ): () => Promise<T> {
    const key = `${request} ${what}`
    return () => {
      if (answers.has(key)) return answers.get(key) as Promise<T>
      const answer = ask()
      answers.set(key, answer)
      const noted = answer.then(
        (value) => {
          const isTooLarge = typeof value === 'string' && value.length > largestBody
          if (isTooLarge) note({ kind: 'read', request, what, error: 'it was too large to be recorded' })
          else note({ kind: 'read', request, what, ...(value !== undefined && { value: withoutSecrets(value) }) })
        },
        (error) =>
          note({
            kind: 'read',
            request,
            what,
            error: error instanceof EvidenceError ? error.message : 'it could not be read',
          }),
      )
      reading.add(noted)
      void noted.then(() => reading.delete(noted))
      return answer
    }
  }

  function toldRequest(observed: ObservedRequest): ObservedRequest {
    const { allHeaders, transition } = observed
    const own = requestOf(observed)
    return Object.create(observed, {
      ...(allHeaders && { allHeaders: { value: asked(own, 'request-headers', allHeaders) } }),
      ...(transition && { transition: { value: asked(own, 'transition', transition) } }),
    })
  }

  function toldResponse(response: ObservedResponse): ObservedResponse {
    const { url, status, headers, allHeaders } = response
    const request = requestOf(response.request)
    note({ kind: 'response', request, url, status, headers: { ...headers }, ...(allHeaders && { tells: 'headers' }) })
    const told: ObservedResponse = Object.create(response, {
      request: { value: toldRequest(response.request) },
      text: { value: asked(request, 'text', () => response.text()) },
      ...(allHeaders && { allHeaders: { value: asked(request, 'headers', allHeaders) } }),
    })
    // Read the rest, too: predicates that judge the record later may need more than those of this watch.
    if (!isSubresource(response) && !isDownload(response)) {
      void told.allHeaders?.().catch(() => {})
      if (isLegible(headers)) void told.text().catch(() => {})
    }
    return told
  }

  /** If a fact can't be recorded, it is still passed on unchanged. */
  function recorded<T>(told: T, record: () => T): T {
    if (isOver || size >= largestVisit) return told
    return (
      readable(() => {
        noteUrl()
        return record()
      }) ?? told
    )
  }

  function notedRequest(kind: 'request' | 'failed', observed: ObservedRequest): ObservedRequest {
    note({ kind, request: requestOf(observed) })
    return toldRequest(observed)
  }

  const recording = (observer: Observer): Observer => ({
    request: (request) => observer.request(recorded(request, () => notedRequest('request', request))),
    response: (response) => observer.response(recorded(response, () => toldResponse(response))),
    failed: (request) => observer.failed(recorded(request, () => notedRequest('failed', request))),
    navigated(navigation) {
      const { frame, isMainFrame, isPopup = false, url } = navigation
      recorded(navigation, () => {
        note({ kind: 'navigated', frame: numberOf(frame), isMainFrame, isPopup, url })
        return navigation
      })
      observer.navigated(navigation)
    },
    ended(how) {
      note({ kind: 'ended', how })
      observer.ended(how)
    },
  })

  const shown = (kind: 'html' | 'rendered', read: () => Promise<string | undefined>) => async () => {
    const text = await read.call(source)
    if (text !== undefined) note({ kind, text: text.slice(0, largestBody) })
    return text
  }

  return {
    source: {
      page: source.page,
      url: () => source.url(),
      ...(source.html && { html: shown('html', source.html) }),
      ...(source.renderedText && { renderedText: shown('rendered', source.renderedText) }),
      observe: (observer) => source.observe(recording(observer)),
    } as Source,

    /** Records the inference's observations. */
    inferring(observation: Observation): void {
      trail.push(`+${observation.at - armedAt} ms ${sentence(observation)}`)
      const { kind } = observation
      if (kind === 'doubt' && observation.name === 'otherCaptcha') note({ kind: 'other-watch' })
      if (kind === 'ended' && (observation.how === 'stopped' || observation.how === 'superseded'))
        note({ kind, how: observation.how })
    },

    /** Waits for reads in progress, at most this many ms, and ends the recording. */
    async end(patience: number): Promise<Pick<Visit, 'armedAt' | 'isCut' | 'requests' | 'facts' | 'trail'>> {
      await Promise.race([Promise.all(reading), new Promise<void>((resolve) => clock.after(patience, resolve))])
      isOver = true
      return { armedAt, ...((isCut || size >= largestVisit) && { isCut: true }), requests, facts, trail }
    },
  }
}

function holds(submittedWhen: (request: SentRequest) => boolean, request: ObservedRequest): boolean {
  try {
    return submittedWhen(request) === true
  } catch {
    return false
  }
}

const isSame = (some: object, others: object) => Object.keys(some).length === Object.keys(others).length

const withoutSecrets = <T extends string | Readonly<Record<string, string>>>(value: T): T =>
  typeof value === 'string'
    ? value
    : (Object.fromEntries(Object.entries(value).filter(([name]) => !secretHeaders.has(name))) as T)
