import type { Clock } from '../clock.ts'
import { RegotchaFeedbackError } from '../error.ts'
import { describe } from '../options.ts'
import { type Evidence, EvidenceError, type Natives } from './evidence.ts'
import { watchedBy } from './known-before.ts'

/** A user's test of a piece of evidence. It holds if it returns `true`. */
export type Predicate<N extends Natives = Natives> = (
  evidence: Evidence<N>,
  page: N['page'],
) => boolean | Promise<boolean>

/** A predicate's answer. A combinator may add which part of it or of the evidence decided. */
export type Said = boolean | { readonly said: boolean; readonly because: string }

/** Whether a predicate answered at once. Otherwise it returned a promise, or something invalid. */
export const isSaid = (answer: unknown): answer is Said =>
  typeof answer === 'boolean' || (typeof answer === 'object' && answer !== null && 'because' in answer)

/** The method of a combinator that also says why. */
export const reasoning = Symbol('says why')

// biome-ignore lint/suspicious/noExplicitAny: the evidence and the page of any library
export type Reasoning = (evidence: Evidence<any>, page: any) => Said | Promise<Said>

/** Asks a predicate, and a combinator also for the reason. A user's function may return anything. */
export const askWhy = (predicate: Predicate, evidence: Evidence, page: unknown): Said | Promise<Said> =>
  ((predicate as { [reasoning]?: Reasoning })[reasoning] ?? predicate)(evidence, page)

/**
 * Whether a predicate held and which part decided, or why it has no opinion. `isRead`: it read the body. `isByUrl`: it
 * went by the URL alone. `isLate`: it did not answer at once.
 */
export type Opinion =
  | {
      readonly kind: 'held' | 'not-held'
      readonly because?: string | undefined
      readonly isRead?: boolean
      readonly isByUrl?: boolean
      readonly isLate?: boolean
    }
  | { readonly kind: 'none'; readonly cause: unknown; readonly isRead?: boolean; readonly isLate?: boolean }

export interface Opinions {
  readonly accepted: Opinion
  readonly rejected?: Opinion | undefined
  /** What the answer shows against an acceptance that did not read it. */
  readonly doubt?: string | undefined
  /** Whether the answer shows a captcha again. */
  readonly isAgain?: boolean
}

interface Asking {
  readonly clock: Clock
  /** Milliseconds that one answer may take, including reading the body. */
  readonly limit: number
  /** Ends the waiting for each answer that is still to come. */
  readonly waiting: Set<() => void>
}

/** A predicate returned neither true nor false. The message does not show what, because it may be a body. */
export class PredicateError extends RegotchaFeedbackError {
  override readonly name = 'PredicateError'

  constructor(answer: unknown) {
    super(`a predicate must return true or false, got ${describe(answer, true)}`)
  }
}

/** Why a predicate has no opinion if it held by the URL alone, on the page that submitted. */
export const stayed = () => new EvidenceError('lost', 'the page is where it was when it submitted')

/** Stands in for an answer that takes longer. */
const later = Symbol('later')

/** Asks predicates about one page. It never throws or rejects. The opinion is synchronous if the answer is. */
export function createAsker(page: unknown, clock: Clock, limit: number) {
  const waiting = new Set<() => void>()
  let hasLeft = false
  return {
    ask(predicate: Predicate, evidence: Evidence, within = limit): Opinion | Promise<Opinion> {
      const answer = answerOf(predicate, evidence, page)
      const asking: Asking = { clock, limit: Math.min(within, limit), waiting }
      return answer instanceof Promise ? withinLimit(answer, asking) : answer
    },
    /** Waits `ms`, or until no answer is needed any more. */
    rest: (ms: number) =>
      new Promise<undefined>((resolve) => {
        if (hasLeft) return resolve(undefined)
        const stop = () => {
          cancel()
          waiting.delete(stop)
          resolve(undefined)
        }
        const cancel = clock.after(ms, stop)
        waiting.add(stop)
      }),
    /** Ends all waiting: no answer is needed any more. */
    leave(): void {
      if (hasLeft) return
      hasLeft = true
      for (const stop of [...waiting]) stop()
    },
  }
}

function answerOf(predicate: Predicate, evidence: Evidence, page: unknown): Opinion | Promise<Opinion> {
  const { watched, isByUrl, isKnownBefore, isRead } = watchedBy(evidence)
  const told = (opinion: Opinion) => (isRead() ? { ...opinion, isRead: true } : opinion)
  const failed = (cause: unknown) =>
    cause instanceof EvidenceError && cause.until
      ? cause.until.then(() => answerOf(predicate, evidence, page))
      : told(noOpinion(cause))
  const opinion = (answer: unknown): Opinion => {
    const how = isKnownBefore()
    const opinion = opinionOf(answer)
    if (how === 'same-page' && opinion.kind === 'held') return noOpinion(stayed())
    if (how && opinion.kind === 'held') return { kind: 'not-held', because: 'this URL was known before the answer' }
    return isByUrl() && opinion.kind === 'held' ? { ...opinion, isByUrl: true } : told(opinion)
  }
  try {
    const answer = askWhy(predicate, watched, page)
    if (isSaid(answer)) return opinion(answer)
    // A predicate that takes longer may have asked the page too, so what it read is not all that it knows.
    const first = Promise.race([answer, later])
    return first
      .then((said) => (said === later ? Promise.resolve(answer).then((said) => told(opinionOf(said))) : opinion(said)))
      .catch(failed)
  } catch (cause) {
    return failed(cause)
  }
}

function opinionOf(answer: unknown): Opinion {
  if (!isSaid(answer)) return noOpinion(new PredicateError(answer))
  if (typeof answer === 'object') return { kind: answer.said ? 'held' : 'not-held', because: answer.because }
  return { kind: answer ? 'held' : 'not-held' }
}

/** A body that is absent or not JSON does not hold. A lost one might have, so the predicate has no opinion. */
function noOpinion(cause: unknown): Opinion {
  return cause instanceof EvidenceError && cause.reason !== 'lost'
    ? { kind: 'not-held', because: cause.message }
    : { kind: 'none', cause: cause ?? new Error('the predicate threw nothing that can be told') }
}

/** The opinion of a slow predicate that did not read the body, if the page may show something else by now. */
export const ofAnother = noOpinion(new EvidenceError('lost', 'what the page shows may be about something else by now'))

function withinLimit(opinion: Promise<Opinion>, { clock, limit, waiting }: Asking): Promise<Opinion> {
  return new Promise((resolve) => {
    const give = (given: Opinion) => {
      cancel()
      waiting.delete(leave)
      resolve(given)
    }
    const leave = () => give(noOpinion(new EvidenceError('lost', 'the watch ended before the predicate answered')))
    const cancel = clock.after(limit, () => {
      give(noOpinion(new EvidenceError('lost', `no answer within ${limit} ms`)))
    })
    waiting.add(leave)
    void opinion.then((opinion) => give({ ...opinion, isLate: true }))
  })
}
