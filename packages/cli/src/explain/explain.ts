/** A recorded session through the inference that runs live. */
import type { Visit } from '@regotcha-feedback/core/watch'
import { type Explanation, explanationOf } from './explanation.ts'
import { readRecording, recordingOf } from './recording.ts'
import type { ExplainRules } from './rules.ts'

export type { Doubt, Explanation, Said, Step } from './explanation.ts'
export { ExplainError } from './har.ts'
export type { ExplainRules } from './rules.ts'

/**
 * What the verdict of a recorded session is under some rules, and why.
 * @param recording - the path of a HAR or of a visit that `record` left, or such a visit.
 * @throws {ExplainError} when the file is neither, or not all of one; {OptionError} naming each wrong rule.
 * @example
 * const { verdict, unless } = await explain('session.har', { acceptedWhen: url('**\/dashboard') })
 */
export async function explain(recording: string | Visit, rules: ExplainRules): Promise<Explanation> {
  return explanationOf(typeof recording === 'string' ? await readRecording(recording) : recordingOf(recording), rules)
}
