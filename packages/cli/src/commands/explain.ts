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
    .description('replay recorded visits with your rules: shows the verdict and why')
    .argument('<recordings...>', 'HAR files, `.visit.json` files, or folders of them')
    .requiredOption('--rules <file>', 'a module that exports the options of a watch, such as acceptedWhen or sites')
    .option('--undecided', 'only visits that were undecided')
    .addOption(new Option('--days <count>', 'only visits of the last <count> days').argParser(wholeNumber))
    .option('--watch', 'run again when the rules change, until Ctrl-C')
    .action(async (recordings: readonly string[], _: unknown, command: Command) => {
      const { runExplain } = await import('../explain/command.ts') // the inference takes a while to load
      await runExplain(recordings, command.optsWithGlobals<ExplainOptions & GlobalOptions>())
    })
}
