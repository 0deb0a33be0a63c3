/** What the page goes on to, as evidence: only what may have come of the submission. */

import type { ObservedNavigation, ObservedResponse } from '../page/source.ts'
import { isErrorPage, isWeb } from '../page/url.ts'
import { navigationEvidence } from '../predicates/evidence.ts'
import { answersIn, precedes, showed } from '../submission/frames.ts'
import { areLeft, fulfils, knownBeforeOf, submissionOf } from '../submission/outcomes.ts'
import type { Scene } from '../submission/story.ts'
import type { createDocuments } from './documents.ts'
import type { createJudge } from './judge.ts'

export function createNavigations(
  { story, doubt, put, now, isGuessing, hasBegun }: Scene,
  documents: ReturnType<typeof createDocuments>,
  judging: ReturnType<typeof createJudge>,
) {
  const answeredBy = (document: ObservedResponse | undefined) => document && submissionOf(story, document.request)

  /** The evidence that it is, once it is known which document was loaded. */
  function evidenceOf(navigation: ObservedNavigation, document: ObservedResponse | undefined, isTold = true) {
    const submission = answeredBy(document)
    const how = document && submission && knownBeforeOf(document, submission, navigation.isMainFrame)
    const evidence = navigationEvidence(navigation, document, submission !== undefined, how, isTold)
    return document && !submission ? documents.unlessCrawlers(document, evidence) : evidence
  }

  return (navigation: ObservedNavigation): void => {
    const { url, frame, isMainFrame, isPopup } = navigation
    const isPage = isMainFrame && !isPopup
    const loaded = documents.loadedBy(navigation)
    /** The document, where it is known at once. */
    const document = loaded instanceof Promise ? undefined : loaded
    const isAnticipating = !loaded && isGuessing && story.open.size > 0
    const isTooSoon = isAnticipating || precedes(story, frame, !loaded)
    showed(story, frame, loaded !== undefined)
    if (isPage) story.within = loaded === undefined ? url : undefined
    if (isPage && story.submissions.length === 0) story.before = document ?? story.before
    // A popup tells little: its documents are told by nobody, in some hosts not even its submission.
    const answers = isPopup && isWeb(url) ? answersIn(story, frame) : undefined
    if (isPopup && isWeb(url)) doubt(answers ? 'popupAfter' : 'popupBefore')
    const isOurs = isPopup ? answers !== false : isMainFrame || story.submissions.some((sent) => sent.frame === frame)
    if (!hasBegun() || !isOurs) return
    if (isErrorPage(url)) put({ kind: 'faulted', at: now(), seen: () => 'the page failed to load' })
    // A crawler's empty page, where what the site would have shown next does not show any more.
    else if (isPage && !isWeb(url)) doubt('crawlerLeft')
    if (!isWeb(url) || ((story.isShared || areLeft(story)) && !answeredBy(document))) return
    if (isPage) story.early = isTooSoon && !loaded ? navigationEvidence(navigation, undefined, false) : undefined
    if (isTooSoon) {
      judging.attribute(Promise.resolve(loaded).then((document) => evidenceOf(navigation, document)))
      return
    }
    if (fulfils(story, document?.status)) put({ kind: 'answered', at: now(), status: 202 })
    judging.judge(
      loaded instanceof Promise
        ? loaded.then((document) => evidenceOf(navigation, document, document !== undefined))
        : evidenceOf(navigation, document),
    )
  }
}
