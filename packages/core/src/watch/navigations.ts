/** What the page goes on to, as evidence: only what may have come of the submission. */

import type { DoubtName } from '../inference/doubts.ts'
import type { Observation } from '../inference/observation.ts'
import type { ObservedNavigation, ObservedResponse } from '../page/source.ts'
import { isErrorPage, isWeb } from '../page/url.ts'
import { type Evidence, navigationEvidence } from '../predicates/evidence.ts'
import type { createSubmissions } from '../submission/submissions.ts'
import type { createDocuments } from './documents.ts'
import type { createJudge } from './judge.ts'

interface Navigating {
  readonly documents: ReturnType<typeof createDocuments>
  readonly submissions: ReturnType<typeof createSubmissions>
  readonly judging: ReturnType<typeof createJudge>
  put(observation: Observation): void
  now(): number
  doubt(name: DoubtName): void
  /** Whether only the answers to the submissions themselves are about the token. */
  isShared(): boolean
  /** Whether there may have been a submission. */
  hasBegun(): boolean
  /** Whether nothing tells which request is the submission. */
  readonly isGuessing: boolean
}

export function createNavigations(navigating: Navigating) {
  const { documents, submissions, judging, doubt, put, now, isGuessing } = navigating
  let early: Evidence | undefined
  let before: ObservedResponse | undefined
  /** Where a script took the page's URL, of the document that shows. */
  let within: string | undefined
  let anticipated: string | undefined

  const isAnswer = (loaded: ReturnType<typeof documents.loadedBy>) =>
    !(loaded instanceof Promise) && submissions.isAnswer(loaded)

  /** The evidence that it is, once it is known which document was loaded. */
  function evidenceOf(navigation: ObservedNavigation, document: ObservedResponse | undefined, isTold = true) {
    const how = submissions.knownBeforeOf(document, navigation.isMainFrame)
    const evidence = navigationEvidence(navigation, document, submissions.isAnswer(document), how, isTold)
    return document && !evidence.isSubmission ? documents.unlessCrawlers(document, evidence) : evidence
  }

  return {
    /** Where the page went within its document before there was an answer: it counts if it is never taken back. */
    early: () => early,

    /** Where the page went within its document before it submitted, as one that is sure of its success. */
    anticipated: () => anticipated,

    /** What the page showed before it submitted. */
    textBefore: async () => (await before?.text().catch(() => undefined)) ?? '',

    /** What the page shows, it showed before this. */
    sent(): void {
      anticipated = within
      early = undefined
      judging.forget()
    },

    navigated(navigation: ObservedNavigation): void {
      const { url, frame, isMainFrame, isPopup } = navigation
      const isPage = isMainFrame && !isPopup
      const loaded = documents.loadedBy(navigation)
      const isAnticipating = !loaded && isGuessing && submissions.awaitsFurther()
      const isTooSoon = isAnticipating || submissions.precedes(frame, !loaded)
      submissions.shown(frame, loaded !== undefined)
      if (isPage) within = loaded === undefined ? url : undefined
      if (isPage && submissions.all.length === 0 && !(loaded instanceof Promise)) before = loaded ?? before
      // A popup tells little: its documents are told by nobody, in some hosts not even its submission.
      const answers = isPopup && isWeb(url) ? submissions.answersIn(frame) : undefined
      if (isPopup && isWeb(url)) doubt(answers ? 'popupAfter' : 'popupBefore')
      const isOurs = isPopup ? answers !== false : isMainFrame || submissions.all.some((sent) => sent.frame === frame)
      if (!navigating.hasBegun() || !isOurs) return
      if (isErrorPage(url)) put({ kind: 'faulted', at: now(), seen: () => 'the page failed to load' })
      // A crawler's empty page, where what the site would have shown next does not show any more.
      else if (isPage && !isWeb(url)) doubt('crawlerLeft')
      if (!isWeb(url) || ((navigating.isShared() || submissions.areLeft()) && !isAnswer(loaded))) return
      if (isPage) early = isTooSoon && !loaded ? navigationEvidence(navigation, undefined, false) : undefined
      if (isTooSoon) {
        judging.overlook(Promise.resolve(loaded).then((document) => evidenceOf(navigation, document)))
        return
      }
      if (submissions.fulfils(loaded instanceof Promise ? undefined : loaded?.status))
        put({ kind: 'answered', at: now(), status: 202 })
      judging.judge(
        loaded instanceof Promise
          ? loaded.then((document) => evidenceOf(navigation, document, document !== undefined))
          : evidenceOf(navigation, loaded),
      )
    },
  }
}
