import type { Command } from 'commander'
import type { GlobalOptions } from '../settings.ts'
import type { VisitOptions } from '../suggest/visits.ts'

export type SuggestOptions = VisitOptions

/** Options that say which outcome each recording shows. */
export const addVisits = (command: Command): Command =>
  command
    .argument('[recordings...]', 'recordings with “accepted”, “rejected” or “refused-otherwise” in their paths')
    .option('--accepted <har...>', 'visits whose token the site accepted')
    .option('--rejected <har...>', 'visits whose token the site rejected')
    .option('--refused-otherwise <har...>', 'visits refused for another reason, such as a wrong password')
    .option('--submitted-to <text>', 'part of the URL that the token was sent to, if `suggest` can’t find it')

export function addSuggest(program: Command): void {
  addVisits(program.command('suggest'))
    .description('write rules that tell accepted visits from rejected ones')
    .action(async (recordings: readonly string[], _: unknown, command: Command) => {
      const { runSuggest } = await import('../suggest/command.ts') // the inference takes a while to load
      await runSuggest(recordings, command.optsWithGlobals<SuggestOptions & GlobalOptions>())
    })
}
