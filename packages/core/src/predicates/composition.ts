/** Combines predicates, whether combinators or users' functions. */
import {
  type AnyPredicate,
  type Combinator,
  combinator,
  descriptionOf,
  expectArgument,
  sinceNow,
  weaknessOf,
} from './combinators.ts'
import type { Evidence } from './evidence.ts'
import { type KnownBefore, watchedBy } from './known-before.ts'
import { askWhy, isSaid, PredicateError, type Said, stayed } from './predicate.ts'

/** All predicates hold. */
export function all(...predicates: readonly AnyPredicate[]): Combinator {
  const weakness = predicates.every(weaknessOf) ? predicates.map(weaknessOf)[0] : undefined
  return composed('all', predicates, (answers) => decide(answers, false), weakness)
}

/** At least one predicate holds. */
export function any(...predicates: readonly AnyPredicate[]): Combinator {
  // A predicate that saw only where the token went must not decide for those that saw the answer.
  const decided = (answers: readonly Answer[]) => {
    const telling = answers.filter((answer) => 'error' in answer || !answer.isKnownBefore)
    if (telling.length === 0) return decide(answers, true)
    const isOpen = answers.some((answer) => 'said' in answer && answer.said && answer.isKnownBefore === 'same-page')
    return decide(isOpen ? [...telling, { error: stayed() }] : telling, true)
  }
  return composed('any', predicates, decided, predicates.map(weaknessOf).find(Boolean))
}

/** The predicate does not hold. */
export function not(predicate: AnyPredicate): Combinator {
  const weakness = `not(${partOf(predicate)}) also holds on whatever else the site may show`
  return composed('not', [predicate], (answers) => negated(decide(answers, true)), weakness)
}

type Answer =
  | { readonly said: boolean; readonly because: string; readonly isKnownBefore: KnownBefore | false }
  | { readonly error: unknown }

const partOf = (predicate: AnyPredicate) => descriptionOf(predicate) ?? 'function'

const negated = (said: Said): Said => (typeof said === 'object' ? { ...said, said: !said.said } : !said)

/** One `decisive` answer decides, whatever the others are. Otherwise one without an opinion throws its error. */
function decide(answers: readonly Answer[], decisive: boolean): Said {
  const decider = answers.find((answer) => 'said' in answer && answer.said === decisive)
  if (decider && 'said' in decider) return decider
  for (const answer of answers) if ('error' in answer) throw answer.error
  return !decisive
}

function composed(
  name: string,
  predicates: readonly AnyPredicate[],
  decided: (answers: readonly Answer[]) => Said,
  weakness?: string,
): Combinator {
  expectArgument(name, predicates.length > 0, 'at least one predicate', undefined)
  for (const predicate of predicates) expectArgument(name, typeof predicate === 'function', 'predicates', predicate)
  const ask = (evidence: Evidence, page: unknown) => {
    const answers = predicates.map((predicate) => answerOf(predicate, evidence, page))
    return areThere(answers) ? decided(answers) : Promise.all(answers).then(decided)
  }
  const since = (page: unknown) =>
    composed(
      name,
      predicates.map((predicate) => sinceNow(predicate, page)),
      decided,
      weakness,
    )
  const isDifferent = predicates.some((predicate) => 'since' in predicate)
  return combinator(`${name}(${predicates.map(partOf).join(', ')})`, ask, {
    since: isDifferent ? since : undefined,
    weakness,
  })
}

const areThere = (answers: readonly (Answer | Promise<Answer>)[]): answers is Answer[] =>
  !answers.some((answer) => answer instanceof Promise)

/** Synchronous if the predicate is. */
function answerOf(predicate: AnyPredicate, evidence: Evidence, page: unknown): Answer | Promise<Answer> {
  const failed = (error: unknown): Answer => ({ error })
  const { watched, isKnownBefore } = watchedBy(evidence)
  const answered = (answer: unknown, isKnownBefore: KnownBefore | false = false): Answer => {
    if (!isSaid(answer)) return failed(new PredicateError(answer))
    return { ...(typeof answer === 'object' ? answer : { said: answer, because: partOf(predicate) }), isKnownBefore }
  }
  try {
    const said: unknown = askWhy(predicate, watched, page)
    return isSaid(said) ? answered(said, isKnownBefore()) : Promise.resolve(said).then((said) => answered(said), failed)
  } catch (error) {
    return failed(error)
  }
}
