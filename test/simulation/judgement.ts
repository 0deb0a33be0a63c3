/** Compares a verdict with the truth. */
import type { Predicate } from '../../packages/core/src/predicates/predicate.ts'
import type { Armed, Asked } from './crawler.ts'

export type Judgement =
  | { readonly kind: 'right' }
  /** `isAnyhow`: with any predicates, sensible or not. */
  | { readonly kind: 'wrong'; readonly isAnyhow: boolean }
  /** `isLost`: a person who watched could have decided. */
  | { readonly kind: 'undecided'; readonly reason: string; readonly isLost: boolean }

/**
 * Observes predicates: if both hold on one piece of evidence, neither gives a verdict. Core asks both at the same time and
 * may record what they read, so this must not read the evidence.
 */
export function hear(acceptedWhen: Predicate, rejectedWhen: Predicate | undefined, now: () => number): Asked {
  let last: { said: number } = { said: 0 }
  let contradictedAt = Number.POSITIVE_INFINITY
  const note = (about: typeof last, answer: unknown) => {
    if (answer === true || (answer as { said?: unknown } | undefined)?.said === true) about.said += 1
    if (about.said > 1) contradictedAt = Math.min(contradictedAt, now())
  }
  const heard = <F extends (...parts: never[]) => unknown>(ask: F, asked: () => typeof last): F =>
    new Proxy(ask, {
      apply(target, self, parts) {
        const about = asked()
        const answer: unknown = Reflect.apply(target, self, parts)
        if (answer instanceof Promise) answer.then((answer) => note(about, answer)).catch(() => {})
        else note(about, answer)
        return answer
      },
      // Core may call a combinator through a member that also returns the reason.
      get(target, name) {
        const member: unknown = Reflect.get(target, name)
        return typeof name === 'symbol' && typeof member === 'function' ? heard(member as F, asked) : member
      },
    })
  return {
    predicates: {
      acceptedWhen: heard(acceptedWhen, () => (last = { said: 0 })),
      rejectedWhen: rejectedWhen && heard(rejectedWhen, () => last),
    },
    contradictedAt: () => contradictedAt,
  }
}

/** A rejection is wrong if the token was accepted or never verified. An acceptance is wrong if it was not accepted. */
export function judge({ token, verdict, at }: Armed, isUnfounded: boolean): Judgement {
  if (!verdict) throw new Error('a watch never came to a verdict')
  if (verdict.kind === 'undecided') {
    const isLost = token.truth !== 'unverified' && token.shownAt !== undefined && token.shownAt <= (at ?? 0)
    return { kind: 'undecided', reason: verdict.reason, isLost }
  }
  const isTrue = token.truth === (verdict.kind === 'accepted' ? 'accepted' : 'refused')
  if (isTrue) return { kind: 'right' }
  return { kind: 'wrong', isAnyhow: verdict.kind === 'accepted' && isUnfounded }
}
