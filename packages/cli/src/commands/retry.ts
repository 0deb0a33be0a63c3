import type { Command } from 'commander'
import { type Answer, answering } from '../answer.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { plural } from '../words.ts'
import { addSelection, each, howDelivered, type Selection, selected } from './selection.ts'

export function addRetry(program: Command): void {
  const retrying = program
    .command('retry')
    .description('send dead letters again, until their 24 hours are over')
    .addHelpText(
      'after',
      `
If your crawlers use Redis (bullmqOutbox), the dead letters are in Redis: call retryDeadLetters of
@regotcha-feedback/bullmq first. Then \`retry\` fetches their results into this file.`,
    )
  addSelection(retrying).action(answering(retry))
}

function retry(options: Selection & GlobalOptions, taskIds: readonly string[]): Answer {
  using file = openOutbox(options)
  const now = Date.now()
  const chosen = selected(file, 'dead', options, taskIds)
  const inTime = chosen.records.filter(({ expiresAt }) => expiresAt > now)
  const late = chosen.records.length - inTime.length
  const answer = each(
    taskIds.length > 0 ? chosen : { ...chosen, records: inTime },
    'revived',
    'is not a dead letter, or its 24 hours are over',
    (feedback) => file.retry(feedback, now),
    howDelivered,
  )
  if (taskIds.length > 0 || late === 0) return answer
  return { ...answer, text: `${answer.text}\n${plural(late, 'dead letter')} more: the 24 hours for feedback are over.` }
}
