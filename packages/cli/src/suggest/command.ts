/** `regotcha-feedback suggest`: recorded visits in, a file of rules out. */
import { OptionError } from '@regotcha-feedback/core'
import { print } from '../answer.ts'
import type { SuggestOptions } from '../commands/suggest.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { ExplainError } from '../explain/har.ts'
import type { GlobalOptions } from '../settings.ts'
import { codeOf, rulesFile } from './rules-file.ts'
import { isWhole, suggestionOf } from './suggestion.ts'
import { readVisits, type Visit } from './visits.ts'

export async function runSuggest(
  recordings: readonly string[],
  options: SuggestOptions & GlobalOptions,
): Promise<void> {
  const visits = await readVisits(recordings, options)
  expectBothKinds(visits)
  expectSubmissions(visits)
  expectOneSite(visits)
  const suggestion = await suggestionOf(visits)
  if (!suggestion.acceptedWhen) {
    throw new CommandError(exitCode.failed, `the recordings can't be told apart: ${suggestion.needs.join('; ')}`)
  }
  const { submittedTo = options.submittedTo, scope, acceptedWhen, rejectedWhen, unproven, judged, needs } = suggestion
  const text = rulesFile(suggestion, submittedTo)
  const data = {
    submittedTo,
    scope,
    acceptedWhen: codeOf(acceptedWhen),
    rejectedWhen: rejectedWhen && codeOf(rejectedWhen),
    unproven: unproven && codeOf(unproven),
    needs,
    recordings: judged.map(({ visit: { name, outcome }, verdict, unless }) => ({ name, outcome, verdict, unless })),
    file: text,
  }
  print({ data, text, exitCode: isWhole(suggestion) ? exitCode.done : exitCode.failed }, options)
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

function expectSubmissions(visits: readonly Visit[]): void {
  const without = visits.find(({ submissions }) => submissions.length === 0)
  if (!without) return
  throw new ExplainError(
    `${without.path}: no request in it submits a captcha's token: record from before the click until the outcome shows, or say with --submitted-to which request it is, by a part of its URL`,
  )
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

/** A shop may take its forms at another host of its own. */
function siteOf(url: string): string {
  const { hostname } = new URL(url)
  return /^[\d.]+$|^\[|^[^.]+$/.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.')
}
