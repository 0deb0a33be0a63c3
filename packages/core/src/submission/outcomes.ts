/** What became of each submission. */

import type { ObservedRequest, ObservedResponse } from '../page/source.ts'
import { hostOf, withoutHash } from '../page/url.ts'
import { faultOf, isRedirect } from '../predicates/evidence.ts'
import type { KnownBefore } from '../predicates/known-before.ts'
import type { Story, Submission } from './story.ts'

export const submissionOf = ({ submissions }: Story, { chain }: ObservedRequest) =>
  submissions.find((submission) => submission.chain === chain)

/** Whether some submission has an answer, be it the promise of one. */
export const hasAnswer = ({ submissions }: Story) => submissions.some(({ outcome }) => outcome === 'answered')

export const areAnswered = ({ submissions }: Story) => submissions.every(({ outcome }) => outcome === 'answered')

/** Whether none of them can have led to what the browser goes on to. */
export const areLeft = ({ submissions }: Story) => submissions.length > 0 && submissions.every(({ isLeft }) => isLeft)

/** Whether the page may send one again: it met a fault, or nobody knows any more. */
export const mayRepeat = ({ submissions, hasEnded, hasDeparted }: Story) =>
  submissions.some(({ outcome }) => outcome === 'faulted') ||
  (hasEnded &&
    (hasDeparted || submissions.some(({ outcome, redirectedBy }) => (outcome ? outcome === 'lost' : !redirectedBy))))

/** It was answered. Whether that is the end of it, and about the token: 202 says that an answer will come. */
export function answered(story: Story, submission: Submission, response: ObservedResponse): boolean {
  submission.isHeard = true
  submission.redirectedBy = isRedirect(response) ? hostOf(response.url) : undefined
  if (submission.redirectedBy) return false
  const isFault = faultOf(response) !== undefined
  submission.outcome = isFault ? 'faulted' : 'answered'
  submission.isLeft = false
  story.isPending = response.status === 202
  return !story.isPending && !isFault
}

/** The page shows a document of this status, if any. Whether that is the answer which a 202 told of. */
export function fulfils(story: Story, status: number | undefined): boolean {
  const isAnswer = story.isPending && status !== 202
  if (isAnswer) story.isPending = false
  return isAnswer
}

/** There will be no answer. The submission, where that is news. */
export function lose(lost: Submission | undefined): Submission | undefined {
  if (!lost || lost.outcome) return undefined
  lost.outcome = 'lost'
  lost.isLeft ??= lost.isNavigation
  return lost
}

/** The site handed over to another host, which does not answer: the redirect was its last word. */
export function handedOver(submission: Submission, { url }: ObservedRequest): boolean {
  const isHandedOver = submission.redirectedBy !== undefined && submission.redirectedBy !== hostOf(url)
  if (isHandedOver) submission.outcome = 'answered'
  return isHandedOver
}

/** What was known of a document's URL. That of a page shows where it is now; that of a frame only where its form went. */
export function knownBeforeOf(
  { url, request }: ObservedResponse,
  { carriers, from }: Submission,
  isMainFrame: boolean,
): KnownBefore | undefined {
  if (!carriers.has(request.native)) return undefined
  if (!isMainFrame) return 'target'
  return withoutHash(url) === withoutHash(from) ? 'same-page' : 'action'
}
