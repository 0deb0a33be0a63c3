import { type Command, Option } from 'commander'
import type { GlobalOptions } from '../settings.ts'
import type { VisitOptions } from '../suggest/visits.ts'
import { addVisits } from './suggest.ts'

export const expectations = ['accepted', 'rejected', 'undecided'] as const

export interface CheckOptions extends VisitOptions {
  readonly expect?: (typeof expectations)[number]
  readonly watch?: true
}

export function addCheck(program: Command): void {
  addVisits(program.command('check').argument('<rules>', 'a module of rules, as written by `suggest`'))
    .description('judge recorded visits by your rules; fails if a verdict is not as expected')
    .addOption(new Option('--expect <verdict>', 'for recordings whose path does not say it').choices(expectations))
    .option('--watch', 'run again when the rules or recordings change, until Ctrl-C')
    .action(async (rules: string, recordings: readonly string[], _: unknown, command: Command) => {
      const { runCheck } = await import('../check/command.ts') // the inference takes a while to load
      await runCheck(rules, recordings, command.optsWithGlobals<CheckOptions & GlobalOptions>())
    })
}
