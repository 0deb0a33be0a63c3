import type { Command } from 'commander'
import { type Answer, answering } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { plural } from '../words.ts'
import { feedbackTable } from './list.ts'
import {
  type AccountOption,
  accountOption,
  addSelection,
  chosenAccount,
  each,
  howDelivered,
  type Selection,
  selected,
} from './selection.ts'

export function addHeld(program: Command): void {
  const held = program
    .command('held')
    .description(
      'list held rejections by silence or captchaAgain(): too many came in a row, so the site may have changed',
    )
    .addOption(accountOption())
    .action(answering(show))
  addSelection(held.command('release').description('deliver held feedback')).action(answering(release))
  addSelection(held.command('drop').description('discard held feedback: it is never sent'))
    .option('--yes', 'do not ask')
    .action(answering(drop))
}

function show(options: AccountOption & GlobalOptions): Answer {
  using file = openOutbox(options)
  const records = file.list({ state: 'held', account: chosenAccount(file, options), limit: Number.MAX_SAFE_INTEGER })
  const advice = [
    'Is `acceptedWhen` still right? Try it with `regotcha-feedback explain`. Then run',
    '  regotcha-feedback held drop …     if the rejections are wrong',
    '  regotcha-feedback held release …  if they are right',
  ]
  const text = records.length > 0 ? [feedbackTable(records, Date.now()), '', ...advice].join('\n') : 'Nothing is held.'
  return { data: records, text }
}

function release(options: Selection & GlobalOptions, taskIds: readonly string[]): Answer {
  using file = openOutbox(options)
  return each(selected(file, 'held', options, taskIds), 'released', 'is not held', file.release, howDelivered)
}

async function drop(options: Selection & { readonly yes?: true } & GlobalOptions, taskIds: readonly string[]) {
  using file = openOutbox(options)
  const chosen = selected(file, 'held', options, taskIds)
  const count = chosen.records.length
  if (!options.yes && taskIds.length === 0 && count > 0) await askForDropping(count)
  return each(chosen, 'dropped', 'is not held', (feedback) => file.drop(feedback, Date.now()))
}

async function askForDropping(count: number): Promise<void> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new CommandError(
      exitCode.usage,
      `this would drop ${plural(count, 'feedback', 'feedbacks')}: confirm with --yes`,
    )
  }
  const { confirm } = await import('@clack/prompts')
  const answer = await confirm({
    message: `Never send ${plural(count, 'held feedback', 'held feedbacks')}? This can’t be undone.`,
    initialValue: false,
    output: process.stderr,
  })
  if (answer !== true) throw new CommandError(exitCode.interrupted, 'nothing was dropped')
}
