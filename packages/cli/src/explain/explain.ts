/** A recorded session through the inference that runs live. */
import { type Explanation, explanationOf } from './explanation.ts'
import { readHar } from './har.ts'
import type { ExplainRules } from './rules.ts'

export type { Doubt, Explanation, Said, Step } from './explanation.ts'
export { ExplainError } from './har.ts'
export type { ExplainRules } from './rules.ts'

/**
 * What the verdict of a recorded session is under some rules, and why.
 * @throws {ExplainError} when the file is no HAR, or not all of one; {OptionError} naming each wrong rule.
 * @example
 * const { verdict, unless } = await explain('session.har', { acceptedWhen: url('**\/dashboard') })
 */
export async function explain(har: string, rules: ExplainRules): Promise<Explanation> {
  return explanationOf(await readHar(har), rules)
}
