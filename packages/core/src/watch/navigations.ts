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
  isOver(): boolean
  /** Whether there may have been a submission. */
  hasBegun(): boolean
  /** Whether nothing tells which request is the submission. */
  readonly isGuessing: boolean
}

export function createNavigations(navigating: Navigating) {
  const { documents, submissions, judging, doubt, put, now, isGuessing } = navigating
  let early: Evidence | undefined
  let before: ObservedResponse | undefined
  let anticipated: string | undefined

  const isAnswer = (loaded: ReturnType<typeof documents.loadedBy>) =>
    !(loaded instanceof Promise) && submissions.isAnswer(loaded)

  /** The evidence that it is, once it is known which document was loaded. */
  function evidenceOf(navigation: ObservedNavigation, document: ObservedResponse | undefined, isTold = true) {
    const how = submissions.knownBeforeOf(document, navigation.isMainFrame)
    const evidence = navigationEvidence(navigation, document, submissions.isAnswer(document), how, isTold)
    return document && !evidence.isSubmission ? documents.unlessCrawlers(document, evidence) : evidence
  }

  /** A popup tells little: its documents are told by nobody, in some hosts not even its submission. */
  function popup(): void {
    if (submissions.all.length > 0) doubt('popupAfter')
    else doubt('popupBefore')
  }

  return {
    /** Where the page went within its document before there was an answer: it counts if it is never taken back. */
    early: () => early,

    /** Where the page went within its document before it submitted, as one that is sure of its success. */
    anticipated: () => anticipated,

    /** What the page showed before it submitted. */
    textBefore: async () => (await before?.text().catch(() => undefined)) ?? '',

    navigated(navigation: ObservedNavigation): void {
      const { url, frame, isMainFrame, isPopup } = navigation
      const isPage = isMainFrame && !isPopup
      const loaded = documents.loadedBy(navigation)
      const isAnticipating = !loaded && isGuessing && submissions.awaitsFurther()
      const isTooSoon = isAnticipating || submissions.precedes(frame, !loaded)
      submissions.shown(frame, loaded !== undefined)
      if (isPage && submissions.all.length === 0) {
        anticipated = loaded === undefined ? url : undefined
        if (!(loaded instanceof Promise)) before = loaded ?? before
      }
      if (isPopup && isWeb(url)) popup()
      const isOurs = isMainFrame || submissions.all.some((submission) => submission.frame === frame)
      if (!navigating.hasBegun() || !isOurs) return
      put({ kind: 'moved', at: now() })
      if (navigating.isOver()) return
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
