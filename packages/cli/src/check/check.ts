/** Judges recorded visits with known outcomes by rules. */
import type { Predicate } from '@regotcha-feedback/core'
import { type Explanation, explanationOf } from '../explain/explanation.ts'
import type { ExplainRules } from '../explain/rules.ts'
import type { Visit } from '../suggest/visits.ts'

export type Expected = 'accepted' | 'rejected' | 'undecided'

/** A visit with its expected verdict. */
export interface ExpectedVisit {
  readonly visit: Visit
  readonly expected: Expected
}

export interface Checked extends ExpectedVisit {
  readonly explanation: Explanation
  readonly isAsExpected: boolean
}

export interface Check {
  readonly checked: readonly Checked[]
  /** Remarks about suspicious rules, one sentence each. */
  readonly remarks: readonly string[]
}

/** A predicate of the rules, and the names of the visits on which it was asked and held. */
interface Use {
  readonly name: string
  readonly asked: Set<string>
  readonly held: Set<string>
}

/** @throws {OptionError} naming each wrong rule. */
export async function checkRecordings(
  visits: readonly ExpectedVisit[],
  rules: ExplainRules,
  file: string,
): Promise<Check> {
  const uses = new Map<string, Use>()
  const checked: Checked[] = []
  for (const { visit, expected } of visits) {
    const { telling, recording, name } = visit
    const explanation = await explanationOf(recording, { ...telling, ...counting(rules, uses, name) }, file)
    checked.push({ visit, expected, explanation, isAsExpected: explanation.verdict.kind === expected })
  }
  return { checked, remarks: [...uses.values()].flatMap((use) => remarkOn(use, visits)) }
}

/** Wraps the rules, and records on which visits each predicate was asked and held. */
function counting(rules: ExplainRules, uses: Map<string, Use>, visit: string): ExplainRules {
  const counted = (predicate: Predicate, name: string): Predicate => {
    const use = uses.get(name) ?? { name, asked: new Set(), held: new Set() }
    uses.set(name, use)
    const note = (holds: boolean) => {
      use.asked.add(visit)
      if (holds) use.held.add(visit)
      return holds
    }
    const ask: Predicate = (evidence, page) => {
      const answer = predicate(evidence, page)
      return answer instanceof Promise ? answer.then(note) : note(answer)
    }
    return Object.assign(ask, 'description' in predicate && { description: predicate.description })
  }
  const both = <R extends { readonly acceptedWhen?: unknown; readonly rejectedWhen?: unknown }>(
    rule: R,
    of = '',
  ): R => ({
    ...rule,
    ...(isPredicate(rule.acceptedWhen) && { acceptedWhen: counted(rule.acceptedWhen, `acceptedWhen${of}`) }),
    ...(isPredicate(rule.rejectedWhen) && { rejectedWhen: counted(rule.rejectedWhen, `rejectedWhen${of}`) }),
  })
  const sites = Array.isArray(rules.sites)
    ? rules.sites.map((site, index) => both(site, ` of sites[${index}]`))
    : rules.sites
  return { ...both(rules), ...(sites && { sites }) }
}

const isPredicate = (value: unknown): value is Predicate => typeof value === 'function'

function remarkOn({ name, asked, held }: Use, visits: readonly ExpectedVisit[]): readonly string[] {
  const kind = name.startsWith('acceptedWhen') ? 'accepted' : 'rejected'
  if (asked.size === 0) return [`${name} was asked on no recording`]
  if (held.size === 0) return visits.some(({ expected }) => expected === kind) ? [`${name} held nowhere`] : []
  const others = visits.filter(({ visit, expected }) => expected !== kind && asked.has(visit.name))
  const isEverywhere = others.length > 0 && held.size === asked.size
  return isEverywhere
    ? [`${name} held on all ${asked.size} recordings that it was asked on: it tells nothing apart`]
    : []
}
