/** A recording as a page that can be watched: the same facts that an adapter tells of a live one. */
import { EvidenceError } from '@regotcha-feedback/core'
import type { ObservedRequest, ObservedResponse, Observer, Source } from '@regotcha-feedback/core/adapter'
import { recogniserOf } from '@regotcha-feedback/core/watch'
import { headerOf } from './exchange.ts'
import type { Har } from './har.ts'
import { isDocument, type Place, placesOf, type Tab } from './places.ts'
import type { Recording } from './recording.ts'
import type { ReplayClock } from './replay-clock.ts'

interface Observed {
  readonly request: ObservedRequest
  readonly response: ObservedResponse
}

/** Something that happened, and how to tell of it. */
interface Fact {
  readonly at: number
  tell(observer: Observer): void
  /** The user ended the watch. */
  readonly ends?: 'stopped' | 'superseded'
}

export interface RecordedPage {
  /** Where a recording does not tell: when the first submission was sent. `undefined`: there is none, either. */
  readonly armedAt: number | undefined
  /** All requests that would be recognised as the submission. */
  submissions(): readonly ObservedRequest[]
  readonly facts: readonly Fact[]
  /** Attaches to the page as it is at a time; `observing` gets who is to be told. */
  source(armedAt: number, clock: ReplayClock, observing: (observer: Observer | undefined) => void): Source
}

/** All replays of a recording get the same responses, see `recordedVisit`. */
export function recordedPage(recording: Har): Recording['page'] {
  const places = placesOf(recording)
  let clock: ReplayClock | undefined
  const [own, others] = [new Map<Place, Observed>(), new Map<Place, Observed>()]

  function observed(place: Place, isUnattributed: boolean): Observed {
    const known = isUnattributed ? others : own
    const found = known.get(place) ?? observe(place, isUnattributed)
    known.set(place, found)
    return found
  }

  function observe(place: Place, isUnattributed: boolean): Observed {
    const request = requestOf(place, isUnattributed)
    return { request, response: responseOf(request, place, recording.lacksCookies, (at) => clock?.reach(at)) }
  }

  return (options) => {
    const recognise = recogniserOf(options)
    /** Whether it is the first document of a tab that was opened later than the first one. */
    const isOpening = ({ tab, chain }: Place) => tab !== places[0]?.tab && tab?.first?.chain === chain
    const isSubmission = (place: Place) =>
      (options.token || !isOpening(place)) && recognise(observed(place, false).request)
    const submission = places.find(isSubmission)
    const watched = submission && isOpening(submission) ? openerOf(submission, places) : (submission ?? places[0])?.tab
    let url = ''

    const facts = places.flatMap((place): Fact[] => {
      const { exchange, sentAt, answeredAt } = place
      const { request, response } = observed(place, place.tab !== watched)
      const told: Fact[] = [{ at: sentAt, tell: (observer) => observer.request(request) }]
      if (answeredAt !== undefined) {
        told.push({ at: answeredAt, tell: (observer) => observer.response(response) })
        if (isLoaded(place)) {
          told.push({
            at: answeredAt,
            tell(observer) {
              const isPopup = place.tab !== watched && isOpening(place)
              const isMainFrame = place.frame.isMain && (place.tab === watched || isPopup)
              if (isMainFrame && !isPopup) url = exchange.url
              observer.navigated({ frame: place.frame, isMainFrame, isPopup, url: exchange.url, native })
            },
          })
        }
      }
      if (exchange.hasFailed) {
        const at = Math.max(exchange.endedAt ?? sentAt, answeredAt ?? sentAt, leftAt(place, places))
        told.push({ at, tell: (observer) => observer.failed(request) })
        const isMainFrame = place.frame.isMain && place.tab === watched
        if (isDocument(exchange) && answeredAt === undefined && isMainFrame && !exchange.isAborted) {
          const url = 'chrome-error://chromewebdata/'
          told.push({ at, tell: (observer) => observer.navigated({ frame: place.frame, isMainFrame, url, native }) })
        }
      }
      return told
    })

    return {
      armedAt: submission?.sentAt,
      submissions: () => places.filter(isSubmission).map((place) => observed(place, false).request),
      facts: facts.sort((a, b) => a.at - b.at),
      source(armedAt, at, observing) {
        clock = at
        const before = places.filter((place) => (place.answeredAt ?? Number.POSITIVE_INFINITY) < armedAt)
        const shown = before.findLast((place) => isLoaded(place) && place.frame.isMain && place.tab === watched)
        url = shown?.exchange.url ?? (submission ? headerOf(submission.exchange.requestHeaders, 'referer') : '')
        return {
          page: unaskable(),
          url: () => url,
          observe(observer) {
            observing(observer)
            return () => observing(undefined)
          },
        }
      },
    }
  }
}

/** How far behind the browser a recorder may be that times by its own clock how long what was aborted took, in ms. */
const lag = 1000

/**
 * When the page had gone on from what was aborted: the browser gives a form up as it asks for the next document, and a
 * call as it shows that. Where the recorder came late to them, their ends are told too early.
 */
function leftAt({ exchange, frame, sentAt, answeredAt }: Place, places: readonly Place[]): number {
  const { isAborted, endedAt = sentAt } = exchange
  if (!isAborted || answeredAt !== undefined) return 0
  const next = places.find((place) => place.frame === frame && place.sentAt > sentAt && isLoaded(place))
  if (next?.answeredAt === undefined || next.sentAt >= endedAt + lag) return 0
  return (isDocument(exchange) ? next.sentAt : next.answeredAt) + 1
}

/** A form can open a tab of its own: then it is the page with the form that is watched. */
function openerOf(submission: Place, places: readonly Place[]): Tab | undefined {
  const earlier = places.slice(0, places.indexOf(submission)).filter(({ tab }) => tab && tab !== submission.tab)
  const referer = headerOf(submission.exchange.requestHeaders, 'referer')
  const form = earlier.findLast(({ exchange }) => exchange.url === referer)
  return (form ?? earlier.at(-1))?.tab
}

function requestOf({ exchange, chain, frame }: Place, isUnattributed: boolean): ObservedRequest {
  return {
    chain,
    url: exchange.url,
    method: exchange.method,
    resourceType: exchange.resourceType,
    headers: exchange.requestHeaders,
    // Not in a recording; of one without headers nothing could be explained.
    transition: frame.isMain && Object.keys(exchange.requestHeaders).length > 0 ? async () => undefined : undefined,
    body: exchange.requestBody,
    frame,
    isNavigation: isDocument(exchange),
    isUnattributed,
    native: exchange,
  }
}

function responseOf(
  request: ObservedRequest,
  { exchange: { url, status, headers, redirectedTo, body, endedAt } }: Place,
  lacksCookies: boolean,
  reach: (at: number) => Promise<void> | undefined,
): ObservedResponse {
  return {
    request,
    url,
    status,
    headers: redirectedTo ? { location: redirectedTo, ...headers } : headers,
    ...(lacksCookies && {
      allHeaders: () => Promise.reject(new EvidenceError('lost', 'the recording has no cookies')),
    }),
    async text() {
      if (body === undefined) throw new EvidenceError('lost', 'the recording does not hold this body')
      if (endedAt !== undefined) await reach(endedAt)
      return body
    },
    native,
  }
}

/** Whether the document came into its frame, and no download or mere status did. */
function isLoaded({ exchange }: Place): boolean {
  const { status, headers, hasFailed, redirectedTo } = exchange
  const isShown = !hasFailed || headerOf(headers, 'content-type').startsWith('text/html')
  const isDownload = headerOf(headers, 'content-disposition').startsWith('attachment')
  const hasDocument = status > 0 && status !== 204 && status !== 205
  return isDocument(exchange) && hasDocument && !redirectedTo && isShown && !isDownload
}

/** The page and the objects of a library, which a recording has none of: who asks them gets no answer. */
export const unaskable = (): object =>
  new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name === 'symbol' || name === 'then' || name === 'toJSON') return undefined
        throw new EvidenceError('lost', 'a recording has no page to ask')
      },
    },
  )

const native = unaskable()
