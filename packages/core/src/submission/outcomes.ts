/** What became of each submission. */

import type { ObservedRequest, ObservedResponse } from '../page/source.ts'
import { hostOf, withoutHash } from '../page/url.ts'
import { faultOf, isRedirect } from '../predicates/evidence.ts'
import type { KnownBefore } from '../predicates/known-before.ts'
import type { Story, Submission } from './story.ts'

export const submissionOf = ({ submissions }: Story, { chain }: ObservedRequest) =>
  submissions.find((submission) => submission.chain === chain)

/** Whether some submission was answered. A 202 counts, too. */
export const hasAnswer = ({ submissions }: Story) => submissions.some(({ outcome }) => outcome === 'answered')

export const areAnswered = ({ submissions }: Story) => submissions.every(({ outcome }) => outcome === 'answered')

/** Whether each submission was left before its answer. Then none of them led to what the page shows next. */
export const areLeft = ({ submissions }: Story) => submissions.length > 0 && submissions.every(({ isLeft }) => isLeft)

/** Whether the page may send the token again: a submission met a fault, or the watch ended without its outcome. */
export const mayRepeat = ({ submissions, hasEnded, hasDeparted }: Story) =>
  submissions.some(({ outcome }) => outcome === 'faulted') ||
  (hasEnded &&
    (hasDeparted || submissions.some(({ outcome, redirectedBy }) => (outcome ? outcome === 'lost' : !redirectedBy))))

/** A submission was answered. Returns whether this is the site's final answer: no redirect, no fault and no 202. */
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

/** The page navigated, to a document of this `status` if any. Returns whether a 202 promised this answer. */
export function fulfils(story: Story, status: number | undefined): boolean {
  const isAnswer = story.isPending && status !== 202
  if (isAnswer) story.isPending = false
  return isAnswer
}

/** A submission will get no answer. Returns it, unless its outcome was known before. */
export function lose(lost: Submission | undefined): Submission | undefined {
  if (!lost || lost.outcome) return undefined
  lost.outcome = 'lost'
  lost.isLeft ??= lost.isNavigation
  return lost
}

/** Whether the site redirected to another host, which failed to answer. Then the redirect is the site's answer. */
export function handedOver(submission: Submission, { url }: ObservedRequest): boolean {
  const isHandedOver = submission.redirectedBy !== undefined && submission.redirectedBy !== hostOf(url)
  if (isHandedOver) submission.outcome = 'answered'
  return isHandedOver
}

/** What was known of a document's URL before the answer. Of a frame other than the page's, only the form's target. */
export function knownBeforeOf(
  { url, request }: ObservedResponse,
  { carriers, from }: Submission,
  isMainFrame: boolean,
): KnownBefore | undefined {
  if (!carriers.has(request.native)) return undefined
  if (!isMainFrame) return 'target'
  return withoutHash(url) === withoutHash(from) ? 'same-page' : 'action'
}
