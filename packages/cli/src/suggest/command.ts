/** `regotcha-feedback suggest`: recorded visits in, a file of rules out. */
import { OptionError } from '@regotcha-feedback/core'
import { type Answer, print } from '../answer.ts'
import type { SuggestOptions } from '../commands/suggest.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { ExplainError } from '../explain/har.ts'
import type { GlobalOptions } from '../settings.ts'
import { codeOf, rulesFile } from './rules-file.ts'
import { addressOf, candidatesIn, type SubmittedTo, sentTo, siteOf, submittedTo } from './submitted-to.ts'
import { isWhole, suggestionOf } from './suggestion.ts'
import { readVisits, told, type Visit } from './visits.ts'

export async function runSuggest(
  recordings: readonly string[],
  options: SuggestOptions & GlobalOptions,
): Promise<void> {
  print(await suggested(recordings, options), options)
}

/**
 * @throws {CommandError} if the recordings can't be told apart, {OptionError} and {ExplainError} if they can't be
 * compared.
 */
export async function suggested(recordings: readonly string[], options: SuggestOptions): Promise<Answer> {
  const given = await readVisits(recordings, options)
  expectBothKinds(given)
  const { visits, found } = withSubmissions(given, options.submittedTo)
  expectOneSite(visits)
  const suggestion = await suggestionOf(visits)
  if (!suggestion.acceptedWhen) {
    throw new CommandError(exitCode.failed, `the recordings can't be told apart: ${suggestion.needs.join('; ')}`)
  }
  const { scope, acceptedWhen, rejectedWhen, unproven, judged, needs } = suggestion
  const part = suggestion.submittedTo ?? options.submittedTo
  const sent = part === undefined ? found : { part }
  const text = rulesFile(suggestion, sent)
  const data = {
    submittedTo: sent?.part,
    scope,
    acceptedWhen: codeOf(acceptedWhen),
    rejectedWhen: rejectedWhen && codeOf(rejectedWhen),
    unproven: unproven && codeOf(unproven),
    needs,
    recordings: judged.map(({ visit: { name, outcome }, verdict, unless }) => ({ name, outcome, verdict, unless })),
    file: text,
  }
  return { data, text, exitCode: isWhole(suggestion) ? exitCode.done : exitCode.failed }
}

function expectBothKinds(visits: readonly Visit[]): void {
  const unknown = visits.find(({ outcome }) => outcome === undefined)
  if (unknown) {
    throw new OptionError(
      `${unknown.path}: whether it was accepted is unknown: put it into a folder \`accepted\`, \`rejected\` or \`refused-otherwise\`, or name it after --accepted, --rejected or --refused-otherwise`,
    )
  }
  for (const [kind, how] of [
    ['accepted', 'record a visit whose token the site takes'],
    ['rejected', 'record a visit in which you submit a token that is made up, or used before'],
  ] as const) {
    if (!visits.some(({ outcome }) => outcome === kind)) throw new OptionError(`no recording is ${kind}: ${how}`)
  }
}

/**
 * Finds the submission of visits in which no request shows the token: it is the same as in the other visits, or as their
 * watch's `submittedWhen` says, or the only request that may carry the token.
 * @returns `found` - that request, if no visit shows its token.
 */
function withSubmissions(
  visits: readonly Visit[],
  part: string | undefined,
): { visits: readonly Visit[]; found?: SubmittedTo } {
  const without = visits.filter(({ submissions, telling, recording: { given } }) => {
    const isByWatch = telling.token === undefined && telling.submittedWhen === given.submittedWhen
    return submissions.length === 0 || (telling.submittedWhen !== undefined && isByWatch)
  })
  const [one] = without
  if (!one) return { visits }
  const known = new Set(visits.flatMap(({ submissions }) => submissions.map(addressOf)))
  const candidates = candidatesIn(visits.map(({ recording }) => recording))
  const isKnownOnly = visits.every(({ submissions }) => submissions.length > 0)
  const likely = isKnownOnly
    ? [...known].map(submittedTo)
    : candidates.filter(({ method, part }) => known.size === 0 || known.has(`${method} ${part}`))
  const [found, ...others] = likely
  const perhaps = candidates.length > 0 ? `, such as ${candidates.map(({ part }) => part).join(' or ')}` : ''
  if (part !== undefined && one.submissions.length === 0)
    throw new OptionError(
      `--submitted-to: no request in ${one.path} has ${part} in its URL: name a part of the URL of the request that takes the token to the site${perhaps}`,
    )
  if (!found || others.length > 0) {
    throw new ExplainError(
      `${one.path}: no request in it submits a captcha's token: record from before the click until the outcome shows, or say with --submitted-to which request it is, by a part of its URL${perhaps}`,
    )
  }
  const submittedWhen = sentTo(found)
  const all = visits.map((visit) =>
    without.includes(visit) ? { ...visit, ...told(visit.recording, { token: undefined, submittedWhen }) } : visit,
  )
  return { visits: all, ...(without.length === visits.length && { found }) }
}

function expectOneSite(visits: readonly Visit[]): void {
  const [first, ...others] = visits.map(({ path, submissions: [submission] }) => ({
    path,
    site: siteOf(submission?.url ?? ''),
  }))
  const other = others.find(({ site }) => site !== first?.site)
  if (!first || !other) return
  throw new OptionError(
    `the recordings are of two sites, ${first.site} (${first.path}) and ${other.site} (${other.path}): give those of one at a time`,
  )
}
