import { type Evidence, responseEvidence } from './evidence.ts'
import { isAboutTheSite, type Observation } from './inference.ts'
import type { Opinion } from './predicate.ts'
import type { ObservedResponse } from './source.ts'

/**
 * What is no evidence and decides nothing, but may tell that the silence of `acceptedWhen` is no rejection.
 * @param ask - asks `acceptedWhen`, where there is one.
 * @param shown - a URL, as it may be told.
 */
export function createDoubts(
  ask: (evidence: Evidence) => Opinion | Promise<Opinion> | undefined,
  now: () => number,
  put: (observation: Observation) => void,
  shown: (url: string) => string,
) {
  /** Where the page went within its document, before it submitted. */
  let before: Evidence | undefined
  let hasHeld = false

  return {
    remember(evidence: Evidence | undefined): void {
      before = evidence
    },

    /** The page submits, at this URL. */
    async begin(url: string): Promise<void> {
      hasHeld = before?.url === url && (await ask(before))?.kind === 'held'
    },

    /** A call to the same site that is beyond the scope. `isLater`: it was sent after the token was answered. */
    async overhear(response: ObservedResponse, isLater: boolean): Promise<void> {
      const { url, status, request, headers } = response
      const at = now()
      const seen = (what: string) => () => `response ${status} ${shown(url)}, beyond the scope: ${what}`
      if (isAboutTheSite(status)) return put({ kind: 'faulted', at, seen: seen('a fault of the site') })
      if (status >= 400 && request.method !== 'GET')
        return put({ kind: 'unsure', at, seen: seen('a further call was refused') })
      if (/^text\/event-stream/.test(String(headers['content-type'])))
        return put({ kind: 'unsure', at, seen: seen('a stream, which may tell more') })
      const opinion = await ask(responseEvidence(response, false))
      if (opinion?.kind === 'held') put({ kind: 'unsure', at, seen: seen('acceptedWhen held'), isBeyond: true })
      else if (isLater && request.method !== 'GET' && /json|html|xml/.test(String(headers['content-type'])))
        put({ kind: 'unsure', at, seen: seen('an answer that may tell why') })
    },

    /** Of a page at this URL: what it did not take back may have been right. */
    timeIsUp(url: string, at: number): void {
      if (!hasHeld || before?.url !== url) return
      put({ kind: 'unsure', at, seen: () => `acceptedWhen held before the submission, at ${shown(url)}` })
    },
  }
}
