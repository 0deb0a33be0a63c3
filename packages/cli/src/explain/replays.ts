/** Several recordings through the same rules: what each verdict was, and what it is now. */
import { statSync } from 'node:fs'
import { type Answer, styled, table } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { readVisits, type Visit } from '../suggest/visits.ts'
import { plural } from '../words.ts'
import { type Explanation, explanationOf } from './explanation.ts'
import type { ExplainRules } from './rules.ts'

export interface Choice {
  readonly undecided?: true | undefined
  readonly days?: number | undefined
}

interface Replay {
  readonly visit: Visit
  readonly now: Explanation
}

export const areSeveral = (paths: readonly string[], { undecided, days }: Choice) =>
  paths.length > 1 ||
  undecided ||
  days !== undefined ||
  statSync(paths[0] ?? '', { throwIfNoEntry: false })?.isDirectory()

export async function replayed(
  paths: readonly string[],
  choice: Choice,
  rules: ExplainRules,
  file: string,
): Promise<Answer> {
  const visits = (await readVisits(paths, {})).filter((visit) => isChosen(visit, choice))
  if (visits.length === 0) throw new CommandError(exitCode.failed, 'no recording is of that kind')
  const replays: Replay[] = []
  for (const visit of visits) {
    replays.push({ visit, now: await explanationOf(visit.recording, { ...visit.telling, ...rules }, file) })
  }
  const open = replays.filter(({ now }) => now.verdict.kind === 'undecided')
  return {
    data: replays.map(({ visit: { name, path, recording }, now: { verdict, unless } }) => ({
      name,
      path,
      taskId: recording.visit?.taskId,
      was: recording.visit?.verdict,
      verdict,
      unless,
    })),
    text: [
      table(replays.map(rowOf)),
      '',
      `${plural(replays.length, 'recording')}, ${open.length === 0 ? 'none' : open.length} undecided`,
    ].join('\n'),
    exitCode: open.length > 0 ? exitCode.failed : exitCode.done,
  }
}

/** Only a visit that a watch recorded had a verdict. */
function isChosen({ recording: { visit, begunAt } }: Visit, { undecided, days }: Choice): boolean {
  const isOpen = !undecided || visit?.verdict.kind === 'undecided'
  return isOpen && (days === undefined || begunAt >= Date.now() - days * 24 * 60 * 60_000)
}

function rowOf({ visit: { name, recording }, now: { verdict, unless } }: Replay): readonly string[] {
  const { kind, by } = recording.visit?.verdict ?? {}
  const found = unless.length > 0 && verdict.kind !== 'undecided' ? `perhaps ${verdict.kind}` : verdict.kind
  const how = verdict.kind === 'undecided' ? verdict.reason : (verdict.why.predicate ?? verdict.by)
  const hint = verdict.kind === 'undecided' && verdict.why.hint ? styled('dim', verdict.why.hint) : ''
  return [name, kind ? `was ${kind} (${by})` : '', `${found} (${how})`, hint]
}
