import type { FeedbackRecord, FeedbackState, OutboxFile } from '@regotcha-feedback/core/outbox-file'
import { type Command, Option } from 'commander'
import type { Answer } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { number, plural, shortened } from '../words.ts'

/** Selects feedback of one state. */
export interface Selection extends AccountOption {
  readonly all?: true
  readonly site?: string
}

export interface AccountOption {
  readonly account?: string
}

export const accountOption = () =>
  new Option('--account <fingerprint>', 'only this API key: the start of the fingerprint that `status` shows')

export function addSelection(command: Command): Command {
  return command
    .argument('[taskIds...]', 'the tasks')
    .option('--all', 'all tasks')
    .option('--site <host>', 'all tasks at this site')
    .addOption(accountOption())
}

/** The one account that matches. The error does not repeat the argument, because it may be the key itself. */
export function chosenAccount(file: OutboxFile, { account: beginning }: AccountOption): string | undefined {
  if (beginning === undefined) return undefined
  const known = file.accounts()
  const [found, ...others] = known.filter((account) => account.startsWith(beginning))
  if (found !== undefined && others.length === 0) return found
  const expected = `--account: expected the start of one fingerprint: ${known.map(shortened).join(', ') || 'there is none yet'}`
  throw new CommandError(exitCode.usage, expected)
}

/** The selected feedback, and the named tasks that are not in this state. */
export interface Selected {
  readonly records: readonly FeedbackRecord[]
  readonly missing: readonly string[]
}

/** The selected feedback: the named tasks, all, or all of a site. */
export function selected(
  file: OutboxFile,
  state: FeedbackState,
  { all, site, ...options }: Selection,
  taskIds: readonly string[],
): Selected {
  const ways = [taskIds.length > 0, all, site].filter(Boolean)
  if (ways.length !== 1) throw new CommandError(exitCode.usage, 'pass either task ids, --site <host> or --all')
  const account = chosenAccount(file, options)
  const records = file.list({ state, site, account, limit: Number.MAX_SAFE_INTEGER })
  if (taskIds.length === 0) return { records, missing: [] }
  const byTask = Map.groupBy(records, ({ taskId }) => taskId)
  const named = [...new Set(taskIds)].map((taskId) => ({ taskId, found: byTask.get(taskId) ?? [] }))
  const ambiguous = named.filter(({ found }) => found.length > 1).map(describe)
  if (ambiguous.length > 0) {
    throw new CommandError(exitCode.usage, `${ambiguous.join('; ')}: choose one with --account <fingerprint>`)
  }
  return {
    records: named.flatMap(({ found }) => found),
    missing: named.filter(({ found }) => found.length === 0).map(({ taskId }) => taskId),
  }
}

const describe = ({ taskId, found }: { readonly taskId: string; readonly found: readonly FeedbackRecord[] }) =>
  `${taskId} is ${found[0]?.state} under ${number(found.length)} API keys, ${found.map(({ account }) => shortened(account)).join(' and ')}`

/**
 * Applies `act` to each feedback, and lists the tasks for which it failed.
 * @param next - a sentence that is added if it succeeded for any.
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

/** Printed after feedback became pending. */
export const howDelivered = '`regotcha-feedback flush` or the next crawler delivers pending feedback.'
