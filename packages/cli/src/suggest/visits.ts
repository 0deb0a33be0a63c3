/** Recorded visits of one site, and each one's outcome. */
import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { OptionError } from '@regotcha-feedback/core'
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import { valuesIn } from '@regotcha-feedback/core/watch'
import { ExplainError } from '../explain/har.ts'
import { isRecording, type Recording, readRecording, type Telling } from '../explain/recording.ts'
import { sentTo } from './submitted-to.ts'

/** `otherwise`: refused for a reason other than the captcha, such as a wrong password. */
export type Outcome = 'accepted' | 'rejected' | 'otherwise'

/** Files and folders of recordings, from the command line. */
export interface VisitOptions {
  readonly accepted?: readonly string[]
  readonly rejected?: readonly string[]
  readonly refusedOtherwise?: readonly string[]
  readonly submittedTo?: string
}

export interface Visit {
  /** The shortest name that distinguishes it from the others. */
  readonly name: string
  readonly path: string
  readonly outcome: Outcome | undefined
  readonly recording: Recording
  readonly telling: Telling
  /** The requests that carry the token to the site. The first one is the submission. */
  readonly submissions: readonly ObservedRequest[]
}

/** A file whose outcome may be known. */
interface Named {
  readonly path: string
  readonly outcome: Outcome | undefined
}

/**
 * Reads recordings one after another. Without an option, a recording's path says its outcome.
 * @throws {ExplainError} if a file is not a recording, {OptionError} if a file is given twice or there is none.
 */
export async function readVisits(unlabelled: readonly string[], options: VisitOptions): Promise<readonly Visit[]> {
  const files = [
    ...of(options.accepted, 'accepted'),
    ...of(options.rejected, 'rejected'),
    ...of(options.refusedOtherwise, 'otherwise'),
    ...filesIn(unlabelled).map((path) => ({ path, outcome: outcomeByPath(path) })),
  ]
  const twice = files.find(({ path }, index) => files.findIndex((other) => other.path === path) !== index)
  if (twice) throw new OptionError(`${twice.path} is given twice`)
  if (files.length === 0)
    throw new OptionError('expected recordings, as .har or .visit.json files or folders of them; got none')
  const names = namesOf(files.map(({ path }) => path))
  const visits: Visit[] = []
  for (const [index, { path, outcome }] of files.entries()) {
    const recording = await readRecording(path)
    visits.push({ name: names[index] ?? path, path, outcome, recording, ...tellingOf(recording, options) })
  }
  return visits
}

const of = (paths: readonly string[] | undefined, outcome: Outcome): readonly Named[] =>
  filesIn(paths ?? []).map((path) => ({ path, outcome }))

function filesIn(paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path]
    const files = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(isRecording)
    if (files.length === 0) throw new ExplainError(`${path}: there is no .har or .visit.json file in this folder`)
    return files.sort().map((file) => join(path, file))
  })
}

const words: readonly (readonly [Outcome, RegExp])[] = [
  ['otherwise', /(?<![a-z])otherwise(?![a-z])/i],
  ['accepted', /(?<![a-z])accepted(?![a-z])/i],
  ['rejected', /(?<![a-z])rejected(?![a-z])/i],
]

/** By the file's name, else by its folders' names, innermost first. A name with two of the words says nothing. */
function outcomeByPath(path: string): Outcome | undefined {
  for (let rest = path; rest !== dirname(rest); rest = dirname(rest)) {
    const found = words.filter(([, word]) => word.test(basename(rest)))
    if (found.length > 0) return found.length === 1 ? found[0]?.[0] : undefined
  }
  return undefined
}

function namesOf(paths: readonly string[]): readonly string[] {
  const short = paths.map((path) => basename(path))
  return new Set(short).size === paths.length ? short : paths
}

/** The token is in the submission's fields. Users of the rules pass their own token. */
function tellingOf(recording: Recording, { submittedTo }: VisitOptions): Pick<Visit, 'telling' | 'submissions'> {
  const { token: standIn, submittedWhen } = recording.given
  const byToken = standIn === undefined ? [] : recording.page({ token: standIn }).submissions()
  // The rules can't use the `submittedWhen` of the recording watch; they may have their own.
  const isEnough = byToken.some((request) => submittedWhen?.(request as never) ?? true)
  const isMeant = submittedTo !== undefined ? sentTo({ part: submittedTo }) : isEnough ? undefined : submittedWhen
  // The watch may have had the token without seeing it in any request.
  const seen = byToken.length > 0 ? standIn : undefined
  if (seen ?? isMeant) return told(recording, { token: seen, submittedWhen: isMeant })
  const [first] = recording.page({}).submissions()
  // A form may open a new tab, which is recognised as the submission only by its token.
  const token = [...(first ? [first] : []), ...recording.sent].map((request) => valuesIn(request).token).find(Boolean)
  return token === undefined ? { submissions: [], telling: {} } : told(recording, { token })
}

export const told = (recording: Recording, telling: Telling) => ({
  telling,
  submissions: recording.page(telling).submissions(),
})
