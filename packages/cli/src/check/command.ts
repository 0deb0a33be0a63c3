/** `regotcha-feedback check`: judges recorded visits by a rules file, once or whenever either changes. */
import { basename } from 'node:path'
import { OptionError } from '@regotcha-feedback/core'
import { type Answer, print, styled, table } from '../answer.ts'
import type { CheckOptions } from '../commands/check.ts'
import { exitCode } from '../exit-code.ts'
import { againOnChange } from '../explain/command.ts'
import { createRulesLoader } from '../explain/load-rules.ts'
import { timeline } from '../explain/timeline.ts'
import type { GlobalOptions } from '../settings.ts'
import { readVisits, type Visit } from '../suggest/visits.ts'
import { plural } from '../words.ts'
import { type Check, type Checked, checkRecordings, type ExpectedVisit } from './check.ts'

export async function runCheck(rules: string, recordings: readonly string[], options: CheckOptions & GlobalOptions) {
  const loader = createRulesLoader(rules)
  const files = new Set<string>()
  const answer = async (): Promise<Answer> => {
    // First, so that rules that don't compile are reported before recordings are read.
    const loaded = await loader.load()
    const visits = await readVisits(recordings, options)
    for (const { path } of visits) files.add(path)
    return answerOf(await checkRecordings(expectationsOf(visits, options), loaded, basename(rules)))
  }
  if (!options.watch) return print(await answer(), options)
  return againOnChange(answer, () => new Set([...loader.files, ...files]), options)
}

/** By the option, else by the path. A refusal for another reason must stay undecided. */
function expectationsOf(visits: readonly Visit[], { expect }: CheckOptions): readonly ExpectedVisit[] {
  return visits.map((visit) => {
    const expected = visit.outcome === 'otherwise' ? 'undecided' : (visit.outcome ?? expect)
    if (expected) return { visit, expected }
    throw new OptionError(
      `${visit.path}: what to expect is unknown: pass --expect accepted, rejected or undecided, or name it after --accepted, --rejected or --refused-otherwise`,
    )
  })
}

function answerOf({ checked, remarks }: Check): Answer {
  const failed = checked.filter(({ isAsExpected }) => !isAsExpected)
  const counted = `${plural(checked.length, 'recording')}, ${failed.length === 0 ? 'all' : checked.length - failed.length} as expected`
  return {
    data: {
      recordings: checked.map(({ visit, expected, isAsExpected, explanation: { verdict, unless } }) => ({
        name: visit.name,
        path: visit.path,
        expected,
        isAsExpected,
        verdict,
        unless,
      })),
      remarks,
    },
    text: [
      table(checked.map(rowOf)),
      ...failed.map(({ visit, explanation }) => `\n${styled('bold', visit.name)}\n${indented(timeline(explanation))}`),
      '',
      ...remarks.map((remark) => styled('yellow', remark)),
      counted,
    ].join('\n'),
    exitCode: failed.length > 0 ? exitCode.failed : exitCode.done,
  }
}

function rowOf({ visit, expected, isAsExpected, explanation: { verdict, unless } }: Checked): readonly string[] {
  const found = unless.length > 0 && verdict.kind !== 'undecided' ? `perhaps ${verdict.kind}` : verdict.kind
  const reason = verdict.kind === 'undecided' ? ` (${verdict.reason})` : ''
  const mark = isAsExpected ? styled('green', 'ok') : styled('red', 'no')
  return [mark, visit.name, `${found}${reason}`, isAsExpected ? '' : `expected ${expected}`]
}

const indented = (text: string) => text.replace(/^(?=.)/gm, '  ')
