/** Combinators of predicates, be they combinators or functions of the user's. */
import {
  type AnyPredicate,
  type Combinator,
  combinator,
  descriptionOf,
  expectArgument,
  sinceNow,
} from './combinators.ts'
import type { Evidence } from './evidence.ts'
import { type Foretold, watchedBy } from './foretold.ts'
import { PredicateError, stayed } from './predicate.ts'

/** Every one holds. */
export function all(...predicates: readonly AnyPredicate[]): Combinator {
  return composed('all', predicates, (answers) => decide(answers, false))
}

/** At least one holds. */
export function any(...predicates: readonly AnyPredicate[]): Combinator {
  // One that only knows where the token went must not speak for those that know the answer.
  return composed('any', predicates, (answers) => {
    const telling = answers.filter((answer) => 'error' in answer || !answer.isForetold)
    if (telling.length === 0) return decide(answers, true)
    const isOpen = answers.some((answer) => 'said' in answer && answer.said && answer.isForetold === 'stays')
    return decide(isOpen ? [...telling, { error: stayed() }] : telling, true)
  })
}

/** It does not hold. */
export function not(predicate: AnyPredicate): Combinator {
  return composed('not', [predicate], (answers) => !decide(answers, true))
}

type Answer = { readonly said: boolean; readonly isForetold: Foretold | false } | { readonly error: unknown }

/** One `decisive` answer decides, whatever the others; else one that could not say leaves it open. */
function decide(answers: readonly Answer[], decisive: boolean): boolean {
  if (answers.some((answer) => 'said' in answer && answer.said === decisive)) return decisive
  for (const answer of answers) if ('error' in answer) throw answer.error
  return !decisive
}

function composed(
  name: string,
  predicates: readonly AnyPredicate[],
  decided: (answers: readonly Answer[]) => boolean,
): Combinator {
  expectArgument(name, predicates.length > 0, 'at least one predicate', undefined)
  for (const predicate of predicates) expectArgument(name, typeof predicate === 'function', 'predicates', predicate)
  const parts = predicates.map((predicate) => descriptionOf(predicate) ?? 'function')
  const ask: AnyPredicate = (evidence, page) => {
    const answers = predicates.map((predicate) => answerOf(predicate, evidence, page))
    return areThere(answers) ? decided(answers) : Promise.all(answers).then(decided)
  }
  const since = (page: unknown) =>
    composed(
      name,
      predicates.map((predicate) => sinceNow(predicate, page)),
      decided,
    )
  const isDifferent = predicates.some((predicate) => 'since' in predicate)
  return combinator(`${name}(${parts.join(', ')})`, ask, isDifferent ? since : undefined)
}

const areThere = (answers: readonly (Answer | Promise<Answer>)[]): answers is Answer[] =>
  !answers.some((answer) => answer instanceof Promise)

/** At once when the predicate answers at once. */
function answerOf(predicate: AnyPredicate, evidence: Evidence, page: unknown): Answer | Promise<Answer> {
  const failed = (error: unknown): Answer => ({ error })
  const { watched, isForetold } = watchedBy(evidence)
  const answered = (said: unknown, isForetold: Foretold | false = false) =>
    typeof said === 'boolean' ? { said, isForetold } : failed(new PredicateError(said))
  try {
    const said: unknown = predicate(watched, page)
    return typeof said === 'boolean'
      ? answered(said, isForetold())
      : Promise.resolve(said).then((said) => answered(said), failed)
  } catch (error) {
    return failed(error)
  }
}
