import type { Clock } from '../clock.ts'
import { RegotchaFeedbackError } from '../error.ts'
import { describe } from '../options.ts'
import { type Evidence, EvidenceError, type Natives } from './evidence.ts'

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

const held: Opinion = { kind: 'held' }
const notHeld: Opinion = { kind: 'not-held' }

/** Asks about one page. Nothing is made before the first question, since most watches that are open wait. */
export function createAsker(page: unknown, clock: Clock, limit: number) {
  let leaving: AbortController | undefined
  return {
    ask(predicate: Predicate, evidence: Evidence): Opinion | Promise<Opinion> {
      leaving ??= new AbortController()
      return ask(predicate, evidence, page, { clock, limit, leaving: leaving.signal })
    },
    /** Nobody waits for answers any more. */
    leave: () => leaving?.abort(),
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
  try {
    const answer = predicate(evidence, page)
    return typeof answer === 'boolean' ? opinionOf(answer) : Promise.resolve(answer).then(opinionOf, failed)
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
