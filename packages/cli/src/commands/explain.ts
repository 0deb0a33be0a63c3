import type { Command } from 'commander'
import type { GlobalOptions } from '../settings.ts'

export interface ExplainOptions {
  readonly rules: string
  readonly watch?: true
}

export function addExplain(program: Command): void {
  program
    .command('explain')
    .description('replay a recorded session through your rules: what the verdict is, and why')
    .argument('<session.har>', 'recorded by Playwright, Puppeteer or a browser’s developer tools')
    .requiredOption('--rules <file>', 'a module that exports acceptedWhen and what else a watch is given, or sites')
    .option('--watch', 'again whenever the rules are edited, until Ctrl-C')
    .action(async (har: string, _: unknown, command: Command) => {
      const { runExplain } = await import('../explain/command.ts') // the inference takes a while to load
      await runExplain(har, command.optsWithGlobals<ExplainOptions & GlobalOptions>())
    })
}
