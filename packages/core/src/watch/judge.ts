import type { Carrier, Observation } from '../inference/observation.ts'
import { glancing, settling } from '../inference/state.ts'
import type { ObservedResponse } from '../page/source.ts'
import { type Background, background, unseen } from '../predicates/background.ts'
import { captchaAgain, captchaRefused, hasUnshown, isLegible } from '../predicates/captcha.ts'
import { type Evidence, EvidenceError, faultOf, keepBody, responseEvidence } from '../predicates/evidence.ts'
import { knownBefore, toRejection } from '../predicates/known-before.ts'
import { type createAsker, type Opinion, type Opinions, ofAnother } from '../predicates/predicate.ts'
import type { Predicates } from '../predicates/sites.ts'
import type { Scene } from '../submission/story.ts'
import type { Found } from './documents.ts'
import type { createInOrderQueue } from './in-order.ts'

type Asker = ReturnType<typeof createAsker>

/** The submission that evidence answers. */
interface Answered {
  readonly carrier: Carrier
  /** The number of the page that sent it. */
  readonly page: number
}

const [refused, again] = [captchaRefused(), captchaAgain()]

/**
 * Asks the predicates about each piece of evidence, in order.
 * @param predicates - returns `undefined` until the site is known, and if no rule matches it, which ends the watch.
 */
export function createJudge(
  { source, story, now, redact, hints, doubt, hasBegun }: Scene,
  asker: Asker,
  queue: ReturnType<typeof createInOrderQueue>,
  predicates: () => Predicates | undefined,
) {
  const known: Background = {
    fields: story.fields,
    get hasOtherCode() {
      return story.hasOtherCode
    },
    before: () => Promise.race([bodyBefore(), asker.rest(glancing)]),
    // While the browser replaces the page, it does not answer.
    rendered: source.renderedText && (async () => source.renderedText?.().catch(() => '')),
    rest: asker.rest,
  }
  /** Its body may be lost, which takes a while to find out. */
  const bodyBefore = async () => story.before?.text().catch(() => undefined)
  /** Settles when it is known who opened the current page, the site or the crawler. `undefined` if that is known. */
  let attributing: Promise<unknown> | undefined

  function waitFor(learning: Promise<unknown>): void {
    const own = learning
      .catch(() => {})
      .finally(() => {
        if (attributing === own) attributing = undefined
      })
    attributing = own
  }

  function wentElsewhere(): void {
    if (hasBegun()) doubt('crawlerLeft')
  }

  /** Reserves the evidence's slot in the queue at once. The predicates' opinions fill it later. */
  function judge(found: Found | Promise<Found>, answered?: Answered, at = now()): void {
    const fill = queue.reserve()
    const page = answered?.page ?? story.page
    const give = (evidence: Found) => {
      if (evidence) return ask(evidence, { answer: answered?.carrier, page, at }, fill)
      fill(undefined)
      wentElsewhere()
    }
    if (found instanceof Promise) waitFor(found.then(give, () => fill(undefined)))
    else give(found)
  }

  function ask(
    evidence: Evidence,
    { answer, page, at }: { readonly answer: Carrier | undefined; readonly page: number; readonly at: number },
    fill: (observation: Observation | undefined) => void,
  ): void {
    const asked = predicates()
    const seen = () => `${evidence.kind} ${evidence.status ?? 'within the page'} ${redact(evidence.url)}`
    const fault = faultOf(evidence)
    if (!asked || fault) {
      fill(fault ? { kind: 'faulted', at, seen: () => `${seen()}: ${fault}` } : undefined)
      return
    }
    story.last = evidence
    const opinions = opinionsOf(asker, asked, Object.assign(evidence, { [background]: known }))
    const shows = evidence.kind !== 'navigation' ? undefined : evidence.status === undefined ? 'url' : 'document'
    const isBack = shows !== undefined && story.submissions.some(({ from }) => pathOf(from) === pathOf(evidence.url))
    const judged = (opinions: Opinions) => {
      story.isAskedAgain ||= opinions.isAgain === true
      fill({ kind: 'judged', at, seen, answer, shows, isBack, ...opinions })
    }
    if (!(opinions instanceof Promise)) judged(opinions)
    else
      void opinions.then(async (opinions) => {
        await attributing
        const { kind, isLate, isRead } = opinions.accepted
        if (kind !== 'held' || !isLate || isRead) return judged(opinions)
        // A predicate that looked at the page may have seen a newer one than its evidence. Wait until that is reported.
        // It may also have seen what the page takes back when it has read its answer, so it is asked again.
        await asker.rest(glancing)
        const isOther = story.isShared || story.isArmedLate || story.page !== page
        const now = isOther ? ofAnother : await asker.ask(asked.acceptedWhen, evidence)
        judged(isOther || now.kind === 'not-held' ? { ...opinions, accepted: now } : opinions)
      })
  }

  return {
    judge,

    /** Judges evidence from a page that the crawler may have opened. If it did, the evidence is dropped. */
    judgeBeside(evidence: Evidence): void {
      judge(attributing ? attributing.then(() => (story.isShared ? undefined : evidence)) : evidence)
    },

    /** Asks `acceptedWhen` about a call outside the scope, only to give a hint. */
    async judgeOutOfScope(response: ObservedResponse): Promise<void> {
      const asked = predicates()
      const at = now()
      if (!asked || faultOf(response)) return
      const { kind } = await asker.ask(asked.acceptedWhen, responseEvidence(response, false))
      if (kind === 'held') hints.beyond(response, at)
    },

    /** Finds out whether the crawler opened a page that is not evidence. */
    attribute(found: Promise<Found>): void {
      waitFor(found.then((evidence) => evidence || wentElsewhere()))
    },
  }
}

/** Both predicates' opinions of the evidence, and what the answer itself says. Synchronous if all predicates are. */
export function opinionsOf(
  asker: Asker,
  { acceptedWhen, rejectedWhen }: Predicates,
  evidence: Evidence,
): Opinions | Promise<Opinions> {
  const accepted = asker.ask(acceptedWhen, evidence)
  const rejected = rejectedWhen && asker.ask(rejectedWhen, toRejection(evidence))
  if (!(accepted instanceof Promise || rejected instanceof Promise)) return besides(asker, evidence, accepted, rejected)
  const { [keepBody]: keep, headers } = evidence as Evidence & { readonly [keepBody]?: () => void }
  if (keep && isLegible(headers)) keep()
  return Promise.all([accepted, rejected]).then(async ([accepted, rejected]) => {
    const isContradicted = accepted.kind === 'held' && rejected?.kind === 'not-held' && hasUnshown(evidence)
    const anyhow =
      rejectedWhen && isContradicted ? await asker.ask(rejectedWhen, toRejection(unseen(evidence))) : rejected
    return besides(asker, evidence, accepted, anyhow)
  })
}

/** Adds what the answer itself says about the captcha, if the verdict may depend on it. */
function besides(
  asker: Asker,
  evidence: Evidence,
  accepted: Opinion,
  rejected?: Opinion,
): Opinions | Promise<Opinions> {
  const isHeld = accepted.kind === 'held'
  // A page that the server does not let one see is no success, whatever its URL.
  if (isHeld && accepted.isByUrl && (evidence.status === 401 || evidence.status === 403))
    return besides(asker, evidence, { kind: 'not-held', because: `its status is ${evidence.status}` }, rejected)
  if (isHeld ? accepted.isRead || !evidence.isSubmission : rejected) return { accepted, rejected }
  const asked = isHeld ? unseen(evidence) : evidence
  const refusal = asker.ask(refused, asked, isHeld && leadsNowhere(evidence) ? undefined : settling)
  const shownAgain = evidence.isSubmission ? asker.ask(again, evidence, settling) : undefined
  const conclude = (refusal: Opinion, shownAgain?: Opinion): Opinions => {
    const isAgain = shownAgain?.kind === 'held'
    if (!isHeld) return { accepted, rejected: refusal.kind === 'not-held' ? undefined : unread(refusal), isAgain }
    if (refusal.kind === 'none' && leadsNowhere(evidence)) return { accepted: unread(refusal), rejected }
    const doubt = refusal.kind === 'held' ? `the answer says ${refusal.because}` : isAgain ? shownSign : undefined
    return { accepted, rejected, doubt }
  }
  return refusal instanceof Promise || shownAgain instanceof Promise
    ? Promise.all([refusal, shownAgain]).then(([refusal, shownAgain]) => conclude(refusal, shownAgain))
    : conclude(refusal, shownAgain)
}

/** Two pages with the same path are the same page for a visitor, such as a login with and without `?next=…`. */
const pathOf = (url: string) => url.split(/[?#]/, 1)[0]

/** Whether the URL was known before the answer. Then only the body shows the outcome, and an unread one may refuse. */
const leadsNowhere = (evidence: Evidence & { readonly [knownBefore]?: unknown }) => evidence[knownBefore] !== undefined

/** Names the question, which is not the user's. */
function unread(refusal: Opinion): Opinion {
  if (refusal.kind !== 'none') return refusal
  const { cause } = refusal
  const why = cause instanceof Error ? `: ${cause.message}` : ''
  return {
    ...refusal,
    cause: new EvidenceError('lost', `the answer could not be checked for a refusal${why}`, { cause }),
  }
}

const shownSign = 'the answer shows a captcha again'
