/** What became of each submission. */

import type { ObservedRequest, ObservedResponse } from '../page/source.ts'
import { hostOf } from '../page/url.ts'
import { faultOf, isRedirect } from '../predicates/evidence.ts'
import type { Submission } from './frames.ts'

export function createOutcomes(all: readonly Submission[]) {
  /** Whether all that was answered is that there will be an answer. */
  let isPending = false

  return {
    isPending: () => isPending,

    isAnswered: () => all.some(({ outcome }) => outcome === 'answered'),
    hasFailed: () => all.some(({ outcome }) => outcome === 'faulted'),
    /** Whether it is not known what became of one. */
    isUnknown: () => all.some(({ outcome, redirectedBy }) => (outcome ? outcome === 'lost' : !redirectedBy)),
    areAnswered: () => all.every(({ outcome }) => outcome === 'answered'),

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

    /** There will be no answer. The submission, where that is news. */
    lose(lost: Submission | undefined): Submission | undefined {
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
  }
}
