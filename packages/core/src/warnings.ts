import type { Verdict } from './inference/verdict.ts'
import { weaknessOf } from './predicates/combinators.ts'
import type { Predicates } from './predicates/sites.ts'

export const warn = (sentence: string) => process.emitWarning(`regotcha-feedback: ${sentence}`)

/** Process warnings for users without event listeners; each is emitted once. */
export function createWarnings() {
  const warned = new Set<string>()
  const warnOnce = (what: string, sentence: string) => {
    if (!warned.has(what)) warn(sentence)
    warned.add(what)
  }
  return {
    /** Warns about predicates that can't tell acceptance from refusal by themselves. */
    ofWeakness(rules: readonly { readonly [N in keyof Predicates]?: Predicates[N] | undefined }[]): void {
      for (const predicate of rules.flatMap(({ acceptedWhen, rejectedWhen }) => [acceptedWhen, rejectedWhen])) {
        const weakness = predicate && weaknessOf(predicate)
        if (weakness) warnOnce(weakness, `${weakness}: add what only this outcome shows`)
      }
    },

    /** Warns about an undecided verdict that has a hint. */
    ofUndecided(taskId: string, site: string | undefined, verdict: Verdict & { kind: 'undecided' }): void {
      if (!verdict.why.hint) return
      warnOnce(verdict.reason, `${taskId} at ${site ?? 'no site'} is ${verdict} (shown once per reason)`)
    },
  }
}
