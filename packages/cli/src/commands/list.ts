import { type FeedbackRecord, type FeedbackState, feedbackStates } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { answering, styled, table } from '../answer.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { duration, moment, number, shortened } from '../words.ts'
import { wholeNumber } from './number-option.ts'
import { type AccountOption, accountOption, chosenAccount } from './selection.ts'

interface ListOptions extends AccountOption {
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
    .addOption(accountOption())
    .addOption(new Option('--limit <count>', 'how many at most').argParser(wholeNumber).default(100))
    .action(answering(list))
}

function list({ state, site, limit, ...options }: ListOptions & GlobalOptions) {
  using file = openOutbox(options)
  const found = file.list({ state, site, account: chosenAccount(file, options), limit: limit + 1 })
  const records = found.slice(0, limit)
  const more = found.length > limit ? `\n\nThere are more: raise --limit (now ${number(limit)}).` : ''
  return { data: records, text: records.length > 0 ? feedbackTable(records, Date.now()) + more : 'None.' }
}

/** Feedback as a table with a head; it tells of which API key only where there are several. */
export function feedbackTable(records: readonly FeedbackRecord[], now: number): string {
  const hasSeveral = records.some(({ account }) => account !== records[0]?.account)
  const keyed = (text: string) => (hasSeveral ? [text] : [])
  const titles = [...keyed('ACCOUNT'), 'TASK', 'STATE', 'VERDICT', 'SITE', 'DECIDED', 'ATTEMPTS', '']
  const head = titles.map((title) => styled('dim', title))
  const rows = records.map((record) => [
    ...keyed(shortened(record.account)),
    record.taskId,
    styled(colours[record.state], record.state),
    `${record.valid ? 'accepted' : 'rejected'}${record.origin ? styled('dim', ` by ${record.origin.by}`) : ''}`,
    record.origin?.site ?? '–',
    moment(record.decidedAt),
    String(record.attempts),
    styled('dim', remark(record, now)),
  ])
  return table([head, ...rows], [titles.indexOf('ATTEMPTS')])
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
