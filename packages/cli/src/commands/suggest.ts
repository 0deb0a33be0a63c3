import type { Command } from 'commander'
import type { GlobalOptions } from '../settings.ts'
import type { VisitOptions } from '../suggest/visits.ts'

export type SuggestOptions = VisitOptions

/** How the recordings of a command are told apart. */
export const addVisits = (command: Command): Command =>
  command
    .argument('[recordings...]', 'HAR files, told apart by “accepted”, “rejected” or “otherwise” in their paths')
    .option('--accepted <har...>', 'visits whose token the site accepted')
    .option('--rejected <har...>', 'visits whose token the site refused')
    .option('--refused-otherwise <har...>', 'visits refused for another reason, such as a wrong password')
    .option('--submitted-to <text>', 'a part of the URL that the token was sent to, where it can’t be found')

export function addSuggest(program: Command): void {
  addVisits(program.command('suggest'))
    .description('write rules that tell recorded visits apart, the accepted from the rejected')
    .action(async (recordings: readonly string[], _: unknown, command: Command) => {
      const { runSuggest } = await import('../suggest/command.ts') // the inference takes a while to load
      await runSuggest(recordings, command.optsWithGlobals<SuggestOptions & GlobalOptions>())
    })
}
