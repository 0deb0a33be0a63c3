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

    /** A call that the page sent to the same site after the token, answered after it. */
    further({ url, status, headers }: ObservedResponse): void {
      if (status < 400 && !/json|html|xml/.test(String(headers['content-type']))) return
      put({
        kind: 'unsure',
        at: now(),
        seen: () => `response ${status} ${shown(url)}: a further call, which may tell why`,
      })
    },

    /** A call to the same site that is beyond the scope. */
    async overhear(response: ObservedResponse): Promise<void> {
      const { url, status, headers } = response
      const at = now()
      const seen = (what: string) => () => `response ${status} ${shown(url)}, beyond the scope: ${what}`
      if (isAboutTheSite(status)) return put({ kind: 'faulted', at, seen: seen('a fault of the site') })
      if (/^text\/event-stream/.test(String(headers['content-type'])))
        return put({ kind: 'unsure', at, seen: seen('a stream, which may tell more') })
      const opinion = await ask(responseEvidence(response, false))
      if (opinion?.kind === 'held') put({ kind: 'unsure', at, seen: seen('acceptedWhen held'), isBeyond: true })
    },

    /** Of a page at this URL: what it did not take back may have been right. */
    timeIsUp(url: string, at: number): void {
      if (!hasHeld || before?.url !== url) return
      put({ kind: 'unsure', at, seen: () => `acceptedWhen held before the submission, at ${shown(url)}` })
    },
  }
}
