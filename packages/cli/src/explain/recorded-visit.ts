/** A visit that a watch recorded, as a page that can be watched again. */
import { EvidenceError } from '@regotcha-feedback/core'
import type { ObservedRequest, ObservedResponse, Observer } from '@regotcha-feedback/core/adapter'
import { joinNeighbours, recogniserOf, type Visit, type VisitFact } from '@regotcha-feedback/core/watch'
import { unaskable } from './recorded-page.ts'
import type { Recording } from './recording.ts'
import type { ReplayClock } from './replay-clock.ts'

type Read = VisitFact & { readonly kind: 'read' }
type Shown = VisitFact & { readonly kind: 'html' | 'rendered' }

/**
 * All replays of a visit get the same responses, so that what was read in one is known in the next. They come one after
 * another, each with its own clock.
 */
export function recordedVisit({ armedAt, requests, facts }: Visit): Recording['page'] {
  const reads = new Map(
    facts.flatMap((fact) => (fact.kind === 'read' ? [[`${fact.request} ${fact.what}`, fact] as const] : [])),
  )
  const objects = new Map<number, object>()
  let clock: ReplayClock | undefined

  /** The object that has a number. */
  function object(number: number): object {
    const known = objects.get(number) ?? {}
    objects.set(number, known)
    return known
  }

  /** What was read live, when it was there live. */
  async function read(request: number, what: Read['what']): Promise<Read['value']> {
    const found = reads.get(`${request} ${what}`)
    if (!found) throw new EvidenceError('lost', 'the recording does not hold this')
    await clock?.reach(armedAt + found.at)
    if (found.error !== undefined) throw new EvidenceError('lost', found.error)
    return found.value
  }

  /** Returns a function that tells what the page showed when it was asked live, at about the same time. */
  function shown(kind: Shown['kind']) {
    const answers = facts.filter((fact): fact is Shown => fact.kind === kind)
    if (answers.length === 0) return undefined
    return async () => {
      const now = (clock?.now() ?? 0) - armedAt
      const found = answers.find(({ at }) => at >= now) ?? answers.at(-1)
      if (found) await clock?.reach(armedAt + found.at)
      return found?.text
    }
  }
  const [html, renderedText] = [shown('html'), shown('rendered')]

  const observed = requests.map((request, index): ObservedRequest => {
    const { native, chain, frame, isMeant, tells = [], ...others } = request
    return {
      ...others,
      body: request.body,
      chain: object(chain),
      frame: frame === undefined ? undefined : object(frame),
      ...(tells.includes('headers') && {
        allHeaders: async () => (await read(index, 'request-headers')) as Record<string, string>,
      }),
      ...(tells.includes('transition') && {
        transition: async () => (await read(index, 'transition')) as string | undefined,
      }),
      native: Object.assign(object(native), { isMeant }),
    }
  })

  function responseOf({ request, url, status, headers, tells }: VisitFact & { kind: 'response' }): ObservedResponse {
    return {
      request: observed[request] as ObservedRequest,
      url,
      status,
      headers,
      ...(tells && { allHeaders: async () => (await read(request, 'headers')) as Record<string, string> }),
      text: async () => (await read(request, 'text')) as string,
      native,
    }
  }

  const responses = new Map(
    facts.flatMap((fact) => (fact.kind === 'response' ? [[fact, responseOf(fact)] as const] : [])),
  )

  return (options) => {
    const [first] = facts
    let url = first?.kind === 'url' ? first.url : ''
    const page = unaskable()
    const no = () => false
    const otherWatch = joinNeighbours(page, () => 0, { isGuessing: false, hear: no, share: no, mayRepeat: no })

    function tell(observer: Observer, fact: VisitFact): void {
      const request = 'request' in fact ? (observed[fact.request] as ObservedRequest) : undefined
      if (fact.kind === 'request' && request) observer.request(request)
      else if (fact.kind === 'response') observer.response(responses.get(fact) as ObservedResponse)
      else if (fact.kind === 'failed' && request) observer.failed(request)
      else if (fact.kind === 'navigated') observer.navigated({ ...fact, frame: object(fact.frame), native })
      else if (fact.kind === 'other-watch') otherWatch.share()
      else if (fact.kind === 'url') url = fact.url
      else if (fact.kind === 'ended' && (fact.how === 'page-closed' || fact.how === 'page-crashed'))
        observer.ended(fact.how)
    }

    const recognise = recogniserOf(options)
    return {
      armedAt,
      submissions: () => observed.filter(recognise),
      facts: facts.map((fact) => ({
        at: armedAt + fact.at,
        tell: (observer) => tell(observer, fact),
        ...(fact.kind === 'ended' && (fact.how === 'stopped' || fact.how === 'superseded') && { ends: fact.how }),
      })),
      source(_, at, observing) {
        clock = at
        return {
          page,
          url: () => url,
          ...(html && { html }),
          ...(renderedText && { renderedText }),
          observe(observer) {
            observing(observer)
            return () => observing(undefined)
          },
        }
      },
    }
  }
}

const native = unaskable()
