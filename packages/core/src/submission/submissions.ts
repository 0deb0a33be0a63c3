import type { Carrier } from '../inference/observation.ts'
import { glancing } from '../inference/state.ts'
import type { UndecidedReason } from '../inference/verdict.ts'
import type { ObservedRequest } from '../page/source.ts'
import { leave } from './frames.ts'
import { joinNeighbours } from './neighbours.ts'
import { addOpening, addOther, isDoubled, isSentWithout } from './other-requests.ts'
import { isAnother, isOfSite, learnFrom, meetOthers } from './other-tokens.ts'
import { areLeft, hasAnswer, mayRepeat, submissionOf } from './outcomes.ts'
import { type Scene, sent } from './story.ts'
import { type Carriage, shapeOf } from './submission.ts'

/** The page that sent a request, by its referrer: its URL may change while a body is fetched. Sites may send `/`. */
function pageOf({ url, headers: { referer = '' } }: ObservedRequest): string | undefined {
  const page = URL.parse(referer)
  return page?.origin === URL.parse(url)?.origin && page?.pathname !== '/' ? referer : undefined
}

/**
 * Decides whether a request is the submission, and what other requests mean for the submissions before them.
 * @param submitted - called for each submission, with how it was recognised. `isLate`: only when it ended.
 */
export function createSubmissions(
  scene: Scene,
  submitted: (request: ObservedRequest, carrier: Carrier, by: string, isLate: boolean) => void,
) {
  const { source, recognise, token, hints, put, now, doubt, isGuessing, story } = scene
  const { submissions } = story
  const knowsToken = token !== undefined
  const until = () => now() + scene.patience

  function hear(request: ObservedRequest): boolean {
    const own = submissionOf(story, request)
    const isOwn = own !== undefined || (knowsToken && recognise(request)?.lacksToken === false)
    // What this watch took for a repeat of its submission is the other watch's submission.
    if (own && own !== submissions[0] && !knowsToken) submissions.splice(submissions.indexOf(own), 1)
    else if (isOwn) return false
    doubt('otherCaptcha')
    return true
  }
  const neighbours = joinNeighbours(source.page, now, {
    isGuessing,
    hear,
    share: () => doubt('otherCaptcha'),
    mayRepeat: () => mayRepeat(story),
  })
  if (isGuessing && neighbours.mayAnswer()) {
    neighbours.share()
    doubt('otherWatch')
  }

  function add(request: ObservedRequest, { where }: Carriage, isLate: boolean): void {
    const { chain, frame, isNavigation, isUnattributed, native, method, url } = request
    const shape = shapeOf(request, token)
    const carrier = story.carriers.get(shape) ?? { name: `${method} ${scene.redact(url)}`, isCall: !isNavigation }
    story.carriers.set(shape, carrier)
    const isAccompanied = learnFrom(scene, request)
    story.isArmedLate ||= isLate
    const [from, { page }, carriers] = [pageOf(request) ?? source.url(), story, new Set([native])]
    submissions.push({ chain, frame, from, isNavigation, isUnattributed, carrier, page, carriers })
    neighbours.enter()
    sent(story)
    if (!isLate && submissions.length > 1) doubt('tokenAgain')
    submitted(request, carrier, where === 'submittedWhen' ? 'by submittedWhen' : `token in ${where}`, isLate)
    if (isAccompanied) doubt('captchaBeside')
    const isOvertaken =
      isLate && (story.hasMetOthers || [...story.open.values()].some((other) => isAnother(scene, other)))
    if (neighbours.tell(request) || isOvertaken) doubt('otherCaptcha')
  }

  /** Before any submission: the request may be one, and then what the page showed before it is not the answer. */
  function opens(request: ObservedRequest): void {
    if (addOpening(story, request, source.url()) && isGuessing) {
      guess(request)
      if (neighbours.mayAnswer()) doubt('otherCaptcha')
      neighbours.enter()
      neighbours.tellGuess(request)
    }
    if (!meetOthers(scene, request)) return
    story.hasMetOthers = true
    hints.stranger(request)
  }

  /** Whether what looks like the submission may carry another token: a later one, or an earlier one sent again. */
  function mayBeAnother(): boolean {
    const isOfLaterPage = submissions.some(({ page }) => page !== story.page)
    return isOfLaterPage || hasAnswer(story) || areLeft(story) || story.isShared || neighbours.mayRepeat()
  }

  function guess(request: ObservedRequest): void {
    sent(story)
    doubt('otherRequest')
    if (isDoubled(story, request)) doubt('tokenAgain')
  }

  return {
    /** Whether this request itself carries the token. `isLate`: it has already been answered, or has failed. */
    submits(request: ObservedRequest, isLate = false): boolean {
      if (request.isUnattributed && !knowsToken) return false // Only the token shows whose it is.
      const known = submissionOf(story, request)
      if (known?.carriers.has(request.native)) return true
      const carriage = recognise(request)
      if (!carriage) return false
      if (isLate && !knowsToken && !known) {
        // It may be the submission of an earlier watch.
        doubt('earlierSubmission')
        doubt('otherWatch')
        return false
      }
      if (known) {
        known.carriers.add(request.native)
        return true
      }
      if (carriage.copy !== undefined) hints.copied(request, carriage.copy)
      else if (carriage.lacksToken) hints.lacking(request)
      else if (!knowsToken && mayBeAnother()) {
        neighbours.tell(request) // They may take it for their own, too.
        doubt('otherCaptcha')
      } else {
        add(request, carriage, isLate)
        return true
      }
      return false
    },

    carriedInCookie(request: ObservedRequest): void {
      if (submissions.length === 0) add(request, { where: 'cookie' }, false)
    },

    /** A request without the token: it may carry another token, or leave a form before its answer. */
    other(request: ObservedRequest): void {
      const { url, method, frame, isNavigation, isUnattributed } = request
      if (isUnattributed || submissionOf(story, request)) return
      if (submissions.length === 0) {
        opens(request)
        return
      }
      if (isOfSite(story, url) && addOther(story, request) && isGuessing) guess(request)
      const left = isNavigation ? leave(story, frame) : []
      if (left.some(({ outcome }) => !outcome || outcome === 'lost')) put({ kind: 'left', at: now() })
      // After a captcha that was shown again, the next form may hold another answer to it.
      if (isNavigation && method === 'POST' && (left.length > 0 || hasAnswer(story)))
        doubt(story.isAskedAgain ? 'otherCaptcha' : isSentWithout(story, request) ? 'sentWithout' : 'furtherForm')
      if (isAnother(scene, request)) doubt('otherCaptcha')
    },

    /** The watch has ended. For a while, the page may still react to its token, even if its submission was not seen. */
    leave(reason: UndecidedReason | undefined): void {
      story.hasEnded = true
      if (reason === 'superseded') neighbours.enter()
      neighbours.leave({ answersUntil: reason ? until() : now() + glancing, repeatsUntil: until() })
    },

    /** Informs the page's other watches of what may be a submission, if it is reported after this watch has ended. */
    departed(request: ObservedRequest): void {
      const carriage = recognise(request)
      const isSubmission = carriage && !carriage.lacksToken && carriage.copy === undefined
      if (!isSubmission && !(isGuessing && addOpening(story, request, source.url()))) return
      story.hasDeparted = true
      if (submissions.length > 0) return
      neighbours.enter()
      neighbours.leave({ answersUntil: until(), repeatsUntil: until() })
      if (isSubmission) neighbours.tell(request)
      else neighbours.tellGuess(request)
    },
  }
}
