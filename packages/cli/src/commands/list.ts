import { type FeedbackRecord, type FeedbackState, feedbackStates } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { answering, styled, table } from '../answer.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { duration, moment, number } from '../words.ts'
import { wholeNumber } from './number-option.ts'

interface ListOptions {
  readonly state?: FeedbackState
  readonly site?: string
  readonly limit: number
}

export function addList(program: Command): void {
  program
    .command('list')
    .description('the feedback in the outbox, the latest first')
    .addOption(new Option('--state <state>', 'only what is in this state').choices(feedbackStates))
    .option('--site <host>', 'only of this site')
    .addOption(new Option('--limit <count>', 'how many at most').argParser(wholeNumber).default(100))
    .action(answering(list))
}

function list({ state, site, limit, ...options }: ListOptions & GlobalOptions) {
  using file = openOutbox(options)
  const found = file.list({ state, site, limit: limit + 1 })
  const records = found.slice(0, limit)
  const more = found.length > limit ? `\n\nThere are more: raise --limit (now ${number(limit)}).` : ''
  return { data: records, text: records.length > 0 ? feedbackTable(records, Date.now()) + more : 'None.' }
}

/** Feedback as a table with a head. */
export function feedbackTable(records: readonly FeedbackRecord[], now: number): string {
  const head = ['TASK', 'STATE', 'VERDICT', 'SITE', 'DECIDED', 'ATTEMPTS', ''].map((title) => styled('dim', title))
  const rows = records.map((record) => [
    record.taskId,
    styled(colours[record.state], record.state),
    `${record.valid ? 'accepted' : 'rejected'}${record.origin ? styled('dim', ` by ${record.origin.by}`) : ''}`,
    record.origin?.site ?? '–',
    moment(record.decidedAt),
    String(record.attempts),
    styled('dim', remark(record, now)),
  ])
  return table([head, ...rows], [5])
}

const colours = {
  pending: 'cyan',
  held: 'yellow',
  delivered: 'green',
  dead: 'red',
  expired: 'red',
  dropped: 'gray',
  conflict: 'red',
} as const

function remark({ state, reason, expiresAt }: FeedbackRecord, now: number): string {
  if (state !== 'pending' && state !== 'held') return reason ?? ''
  return expiresAt > now ? `${duration(expiresAt - now)} left` : 'its 24 hours are over'
}
