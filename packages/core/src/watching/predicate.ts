import type { Clock } from '../clock.ts'
import { RegotchaFeedbackError } from '../error.ts'
import { describe } from '../options.ts'
import { type Evidence, EvidenceError, type Natives } from './evidence.ts'
import { toRejection, watchedBy } from './foretold.ts'

/** The user's question to a piece of evidence: does it hold? */
export type Predicate<N extends Natives = Natives> = (
  evidence: Evidence<N>,
  page: N['page'],
) => boolean | Promise<boolean>

/** What a predicate said: whether it held, or why it could not say. */
export type Opinion =
  | { readonly kind: 'held' }
  | { readonly kind: 'not-held' }
  | { readonly kind: 'none'; readonly cause: unknown }

export interface Opinions {
  readonly accepted: Opinion
  readonly rejected?: Opinion | undefined
}

interface Asked {
  readonly acceptedWhen: Predicate
  readonly rejectedWhen?: Predicate | undefined
}

interface Asking {
  readonly clock: Clock
  /** Milliseconds that one answer may take, the reading of the body included. */
  readonly limit: number
  /** Aborts when nobody waits for answers any more. */
  readonly leaving: AbortSignal
}

/** A predicate answered neither true nor false. What it answered may be a body, and is not told. */
export class PredicateError extends RegotchaFeedbackError {
  override readonly name = 'PredicateError'

  constructor(answer: unknown) {
    super(`a predicate must return true or false, got ${describe(answer, true)}`)
  }
}

/** Why a predicate has no opinion that held by the URL alone. */
export const stayed = () => new EvidenceError('lost', 'the page is where it was when it submitted')

/** In place of an answer that is not there at once. */
const later = Symbol('later')

const held: Opinion = { kind: 'held' }
const notHeld: Opinion = { kind: 'not-held' }

/** Asks about one page. */
export function createAsker(page: unknown, clock: Clock, limit: number) {
  const leaving = new AbortController()
  const asking: Asking = { clock, limit, leaving: leaving.signal }
  const askOne = (predicate: Predicate, evidence: Evidence) => ask(predicate, evidence, page, asking)
  return {
    ask: askOne,
    /** What both say, at once when both do. */
    askBoth({ acceptedWhen, rejectedWhen }: Asked, evidence: Evidence): Opinions | Promise<Opinions> {
      const accepted = askOne(acceptedWhen, evidence)
      const rejected = rejectedWhen && askOne(rejectedWhen, toRejection(evidence))
      return accepted instanceof Promise || rejected instanceof Promise
        ? Promise.all([accepted, rejected]).then(([accepted, rejected]) => ({ accepted, rejected }))
        : { accepted, rejected }
    },
    /** Nobody waits for answers any more. */
    leave: () => leaving.abort(),
  }
}

/** Asks, and never throws or rejects. The opinion is there at once when the answer is. */
function ask(predicate: Predicate, evidence: Evidence, page: unknown, asking: Asking): Opinion | Promise<Opinion> {
  const answer = answerOf(predicate, evidence, page)
  return answer instanceof Promise ? withinLimit(answer, asking) : answer
}

function answerOf(predicate: Predicate, evidence: Evidence, page: unknown): Opinion | Promise<Opinion> {
  const failed = (cause: unknown) =>
    cause instanceof EvidenceError && cause.until
      ? cause.until.then(() => answerOf(predicate, evidence, page))
      : noOpinion(cause)
  const { watched, isForetold } = watchedBy(evidence)
  const opinion = (answer: unknown) => {
    const how = isForetold()
    if (how === 'stays' && answer === true) return noOpinion(stayed())
    return how ? notHeld : opinionOf(answer)
  }
  try {
    const answer = predicate(watched, page)
    if (typeof answer === 'boolean') return opinion(answer)
    // What takes longer may have asked the page, too.
    const first = Promise.race([answer, later])
    return first
      .then((said) => (said === later ? Promise.resolve(answer).then(opinionOf) : opinion(said)))
      .catch(failed)
  } catch (cause) {
    return failed(cause)
  }
}

function opinionOf(answer: unknown): Opinion {
  if (answer === true) return held
  if (answer === false) return notHeld
  return noOpinion(new PredicateError(answer))
}

/** A body that was never there, or is something other than JSON, can't hold; one that was lost might have. */
function noOpinion(cause: unknown): Opinion {
  return cause instanceof EvidenceError && cause.reason !== 'lost'
    ? notHeld
    : { kind: 'none', cause: cause ?? new Error('the predicate threw nothing that can be told') }
}

/** What a predicate said that took its time, and did not go by its evidence, where the page is about something else. */
export const ofAnother = noOpinion(new EvidenceError('lost', 'what the page shows may be about something else by now'))

function withinLimit(opinion: Promise<Opinion>, { clock, limit, leaving }: Asking): Promise<Opinion> {
  return new Promise((resolve) => {
    const give = (given: Opinion) => {
      cancel()
      leaving.removeEventListener('abort', leave)
      resolve(given)
    }
    const leave = () => give(noOpinion(new EvidenceError('lost', 'the watch ended before the predicate answered')))
    const cancel = clock.after(limit, () => {
      give(noOpinion(new EvidenceError('lost', `the predicate did not answer within ${limit} ms`)))
    })
    leaving.addEventListener('abort', leave)
    void opinion.then(give)
  })
}
