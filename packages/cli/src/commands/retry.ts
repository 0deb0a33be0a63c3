import type { Command } from 'commander'
import { type Answer, answering } from '../answer.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { addSelection, each, type Selection, selected } from './selection.ts'

export function addRetry(program: Command): void {
  addSelection(
    program.command('retry').description('have dead letters delivered again, as long as their 24 hours last'),
  ).action(answering(retry))
}

function retry(options: Selection & GlobalOptions, taskIds: readonly string[]): Answer {
  using file = openOutbox(options)
  const chosen = selected(file, 'dead', options, taskIds)
  const answer = each(chosen, 'revived', 'is no dead letter, or its 24 hours are over', (taskId) =>
    file.retry(taskId, Date.now()),
  )
  return {
    ...answer,
    text: `${answer.text}\n\`regotcha-feedback flush\` or the next crawler delivers what is revived.`,
  }
}
