import type { FeedbackRecord, FeedbackState, OutboxFile } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import type { Answer } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { number, plural, shortened } from '../words.ts'

/** Which feedback of a state a command is for. */
export interface Selection extends AccountOption {
  readonly all?: true
  readonly site?: string
}

export interface AccountOption {
  readonly account?: string
}

export const accountOption = () =>
  new Option('--account <fingerprint>', 'only of this API key: the beginning of the fingerprint that `status` shows')

export function addSelection(command: Command): Command {
  return command
    .argument('[taskIds...]', 'of which tasks')
    .option('--all', 'of all tasks')
    .option('--site <host>', 'of all tasks at this site')
    .addOption(accountOption())
}

/** The one account that is meant. What was given is not repeated: it may be the key itself. */
export function chosenAccount(file: OutboxFile, { account: beginning }: AccountOption): string | undefined {
  if (beginning === undefined) return undefined
  const known = file.accounts()
  const [found, ...others] = known.filter((account) => account.startsWith(beginning))
  if (found !== undefined && others.length === 0) return found
  const expected = `--account: expected the beginning of one fingerprint: ${known.map(shortened).join(', ') || 'there is none yet'}`
  throw new CommandError(exitCode.usage, expected)
}

/** What is meant of the feedback in a state, and which of the named tasks are not in it. */
export interface Selected {
  readonly records: readonly FeedbackRecord[]
  readonly missing: readonly string[]
}

/** The feedback that is meant: named, or all, or all of a site. */
export function selected(
  file: OutboxFile,
  state: FeedbackState,
  { all, site, ...options }: Selection,
  taskIds: readonly string[],
): Selected {
  const ways = [taskIds.length > 0, all, site].filter(Boolean)
  if (ways.length !== 1) throw new CommandError(exitCode.usage, 'name either tasks, or --site <host>, or --all')
  const account = chosenAccount(file, options)
  const records = file.list({ state, site, account, limit: Number.MAX_SAFE_INTEGER })
  if (taskIds.length === 0) return { records, missing: [] }
  const byTask = Map.groupBy(records, ({ taskId }) => taskId)
  const named = [...new Set(taskIds)].map((taskId) => ({ taskId, found: byTask.get(taskId) ?? [] }))
  const ambiguous = named.filter(({ found }) => found.length > 1).map(describe)
  if (ambiguous.length > 0) {
    throw new CommandError(exitCode.usage, `${ambiguous.join('; ')}: say which with --account <fingerprint>`)
  }
  return {
    records: named.flatMap(({ found }) => found),
    missing: named.filter(({ found }) => found.length === 0).map(({ taskId }) => taskId),
  }
}

const describe = ({ taskId, found }: { readonly taskId: string; readonly found: readonly FeedbackRecord[] }) =>
  `${taskId} is ${found[0]?.state} under ${number(found.length)} API keys, ${found.map(({ account }) => shortened(account)).join(' and ')}`

/**
 * Does something to each feedback, and tells of the tasks with which it could not be done.
 * @param next - a sentence for when it was done to any.
 */
export function each(
  { records, missing }: Selected,
  done: string,
  notDone: string,
  act: (feedback: FeedbackRecord) => boolean,
  next?: string,
): Answer {
  const results = [
    ...records.map((record) => ({ taskId: record.taskId, account: record.account, [done]: act(record) })),
    ...missing.map((taskId) => ({ taskId, [done]: false })),
  ]
  const failed = results.filter((result) => !result[done]).map(({ taskId }) => taskId)
  const succeeded = results.length - failed.length
  const lines = [`${plural(succeeded, 'task')} ${done}.`, ...failed.map((taskId) => `${taskId}: ${notDone}`)]
  return {
    data: results,
    text: [...lines, ...(next && succeeded > 0 ? [next] : [])].join('\n'),
    exitCode: failed.length > 0 ? exitCode.failed : exitCode.done,
  }
}

/** After something became pending. */
export const howDelivered = '`regotcha-feedback flush` or the next crawler delivers what is pending.'
