import {
  type FeedbackRecord,
  type FeedbackState,
  feedbackStates,
  type UndecidedRecord,
} from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import { adviceOnUndecided } from '../advice.ts'
import { answering, styled, table } from '../answer.ts'
import { type RecordedOption, recordedIn, recordedOption } from '../recorded.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { duration, moment, number, shortened } from '../words.ts'
import { wholeNumber } from './number-option.ts'
import { type AccountOption, accountOption, chosenAccount } from './selection.ts'

interface ListOptions extends AccountOption, RecordedOption {
  readonly state?: FeedbackState
  readonly undecided?: true
  readonly site?: string
  readonly limit: number
}

export function addList(program: Command): void {
  program
    .command('list')
    .description('list the feedback in the outbox, latest first')
    .addOption(new Option('--state <state>', 'only feedback in this state').choices(feedbackStates))
    .addOption(new Option('--undecided', 'undecided verdicts: why, what was seen, what to do').conflicts('state'))
    .option('--site <host>', 'only this site')
    .addOption(recordedOption('shows the record of each undecided verdict').implies({ undecided: true }))
    .addOption(accountOption())
    .addOption(new Option('--limit <count>', 'how many at most').argParser(wholeNumber).default(100))
    .action(answering(list))
}

function list({ state, undecided, site, limit, ...options }: ListOptions & GlobalOptions) {
  using file = openOutbox(options)
  const filter = { site, account: chosenAccount(file, options), limit: limit + 1 }
  const answer = <T>(found: readonly T[], told: (records: readonly T[]) => string) => {
    const records = found.slice(0, limit)
    const more = found.length > limit ? `\n\nThere are more: raise --limit (now ${number(limit)}).` : ''
    return { data: records, text: records.length > 0 ? told(records) + more : 'None.' }
  }
  if (undecided) {
    const recorded = recordedIn(options)
    const records = file.undecided(filter).map((record) => ({ ...record, visit: recorded(record.taskId) }))
    return answer(records, (records) => records.map(toldUndecided).join('\n\n'))
  }
  return answer(file.list({ ...filter, state }), (records) => feedbackTable(records, Date.now()))
}

/** A verdict with its trail, line by line, and what to do. */
function toldUndecided(record: UndecidedRecord & { readonly visit: string | undefined }): string {
  const { taskId, reason, site, decidedAt, took, trail, hint, visit } = record
  const head = `${taskId}  ${styled('yellow', reason)}  ${site ?? '(no page)'}  ${moment(decidedAt)}, after ${duration(took)}`
  const advice = hint ?? adviceOnUndecided(reason)
  const steps = [...(advice ? [advice] : []), ...(visit ? [`regotcha-feedback explain ${visit}`] : [])]
  return [head, ...trail.map((line) => styled('dim', `  ${line}`)), ...steps.map((step) => `  → ${step}`)].join('\n')
}

/** Feedback as a table with a head. The API key is a column only if there are several. */
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
