import { type Command, Option } from 'commander'
import type { GlobalOptions } from '../settings.ts'
import { wholeNumber } from './number-option.ts'

export interface ExplainOptions {
  readonly rules: string
  readonly watch?: true
  readonly undecided?: true
  readonly days?: number
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('replay recorded sessions through your rules: what the verdict is, and why')
    .argument('<recordings...>', 'HARs, visits that `record` left, or folders of them')
    .requiredOption('--rules <file>', 'a module that exports acceptedWhen and what else a watch is given, or sites')
    .option('--undecided', 'only visits that were undecided')
    .addOption(new Option('--days <count>', 'only what was recorded in the last so many days').argParser(wholeNumber))
    .option('--watch', 'again whenever the rules are edited, until Ctrl-C')
    .action(async (recordings: readonly string[], _: unknown, command: Command) => {
      const { runExplain } = await import('../explain/command.ts') // the inference takes a while to load
      await runExplain(recordings, command.optsWithGlobals<ExplainOptions & GlobalOptions>())
    })
}
