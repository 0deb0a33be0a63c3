/** Sorts what a page does: who caused it, and which of it becomes evidence for the predicates. */

import {
  concernsUs,
  type ObservedNavigation,
  type ObservedRequest,
  type ObservedResponse,
  type Observer,
  readable,
} from '../page/source.ts'
import { isErrorPage, isWeb } from '../page/url.ts'
import {
  faultOf,
  isDownload,
  isRedirect,
  isSubresource,
  landingEvidence,
  navigationEvidence,
  redirectOf,
  responseEvidence,
} from '../predicates/evidence.ts'
import { createCookieLook } from '../submission/by-cookie.ts'
import { answersIn, precedes, showed } from '../submission/frames.ts'
import { endOther } from '../submission/other-requests.ts'
import { isOfSite } from '../submission/other-tokens.ts'
import {
  answered,
  areLeft,
  fulfils,
  handedOver,
  hasAnswer,
  knownBeforeOf,
  lose,
  submissionOf,
} from '../submission/outcomes.ts'
import type { Scene } from '../submission/story.ts'
import type { createSubmissions } from '../submission/submissions.ts'
import type { createDocuments } from './documents.ts'
import type { createJudge } from './judge.ts'

/** @param isWholePage - whether every response of the page is evidence; see `scope`. */
export function createObserver(
  scene: Scene,
  submissions: ReturnType<typeof createSubmissions>,
  documents: ReturnType<typeof createDocuments>,
  judging: ReturnType<typeof createJudge>,
  isWholePage: boolean,
) {
  const { story, doubt, put, now, hasBegun, isOver, isGuessing } = scene
  const cookieLook = createCookieLook(scene.source.page, scene.token)
  const hears = (request: ObservedRequest) => !isOver() && concernsUs(request)

  /** The site redirected to a target that does not answer: an app, or another host. */
  function landed(url: string, request: ObservedRequest): void {
    doubt('handedOver')
    judging.judge(landingEvidence(url, { request }))
  }

  /** Whether the request comes from a frame that sent the token. */
  const isOfSubmission = ({ frame }: ObservedRequest) =>
    story.submissions.some((submission) => submission.frame === frame)

  const answeredBy = (document: ObservedResponse | undefined) => document && submissionOf(story, document.request)

  /** A navigation as evidence, once its document is known. */
  function evidenceOf(navigation: ObservedNavigation, document: ObservedResponse | undefined, isTold = true) {
    const submission = answeredBy(document)
    const how = document && submission && knownBeforeOf(document, submission, navigation.isMainFrame)
    const evidence = navigationEvidence(navigation, document, submission !== undefined, how, isTold)
    return document && !submission ? documents.unlessCrawlers(document, evidence, story.isAskedAgain) : evidence
  }

  const observer: Omit<Observer, 'ended'> = {
    request(request) {
      if (isOver()) return submissions.departed(request)
      if (!concernsUs(request)) return
      documents.requested(request)
      if (isWholePage || request.isUnattributed) story.seen.add(request.chain)
      if (submissions.submits(request)) return
      if (story.submissions.length === 0) cookieLook.at(request, () => submissions.carriedInCookie(request))
      submissions.other(request)
      if (!request.isNavigation || submissionOf(story, request)) return
      if (isOfSubmission(request) || story.submissions.length === 0) story.page++
    },

    response(response) {
      const { request, status } = response
      if (!hears(request)) return
      const look = cookieLook.over(request)
      if (look !== undefined) return void look.then(() => readable(() => observer.response(response)))
      // Checked again, here and in `failed`, because the request may have left before the watch was armed.
      const carriesToken = submissions.submits(request, true)
      const submission = submissionOf(story, request)
      documents.responded(response)
      endOther(story, request, true, now())
      // A popup got the answer to a request that left before the watch was armed.
      if (request.isUnattributed && request.isNavigation && !submission && !story.seen.has(request.chain))
        doubt('otherWatch')
      if (submission && answered(story, submission, response)) put({ kind: 'answered', at: now(), status })
      // A redirect's target counts only once it is loaded: /dashboard may redirect back to /login.
      if (isRedirect(response) && !carriesToken) return
      if (submission) {
        judging.judge(responseEvidence(response, true, carriesToken), submission)
        const target = isRedirect(response) ? undefined : redirectOf(response)
        if (target !== undefined) landed(target, request)
      } else if (request.isUnattributed || story.isShared || isSubresource(response)) return
      else if (isWholePage && story.seen.has(request.chain) && hasBegun() && !faultOf(response)) {
        const evidence = responseEvidence(response, false)
        if (request.isNavigation) judging.judge(documents.unlessCrawlers(response, evidence, story.isAskedAgain))
        else judging.judgeBeside(evidence)
      } else if (!request.isNavigation) {
        // A call to the site after the answer, but not to the captcha's vendor, may show the outcome.
        if (hasAnswer(story) && isOfSite(story, response.url)) void judging.judgeOutOfScope(response)
      } else if (isDownload(response) && isOfSubmission(request)) {
        judging.judge(documents.unlessCrawlers(response, responseEvidence(response, false), story.isAskedAgain))
      }
    },

    failed(request) {
      if (!hears(request)) return
      submissions.submits(request, true)
      documents.failed(request)
      endOther(story, request, false, now())
      const lost = lose(submissionOf(story, request))
      if (!lost) return
      if (!handedOver(lost, request)) return put({ kind: 'failed', at: now() })
      put({ kind: 'answered', at: now(), status: 302 })
      landed(request.url, request)
    },

    /** A navigation is evidence only if it may result from the submission. */
    navigated(navigation) {
      if (isOver()) return
      const { url, frame, isMainFrame, isPopup } = navigation
      const isPage = isMainFrame && !isPopup
      const loaded = documents.loadedBy(navigation)
      /** The document, if it is known at once. */
      const document = loaded instanceof Promise ? undefined : loaded
      const isAnticipating = !loaded && isGuessing && story.open.size > 0
      const isTooSoon = isAnticipating || precedes(story, frame, !loaded)
      showed(story, frame, loaded !== undefined)
      if (isPage) story.within = loaded === undefined ? url : undefined
      if (isPage && story.submissions.length === 0) story.before = document ?? story.before
      // Little is known about a popup: its navigations come without documents, with some hosts even its submission is
      // missing.
      const answers = isPopup && isWeb(url) ? answersIn(story, frame) : undefined
      if (isPopup && isWeb(url)) doubt(answers ? 'popupAfter' : 'popupBefore')
      const isOurs = isPopup ? answers !== false : isMainFrame || story.submissions.some((sent) => sent.frame === frame)
      if (!hasBegun() || !isOurs) return
      if (isErrorPage(url)) put({ kind: 'faulted', at: now(), seen: () => 'the page failed to load' })
      // The crawler opened a blank page, so what the site would have shown next is lost.
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
    },
  }
  return observer
}
