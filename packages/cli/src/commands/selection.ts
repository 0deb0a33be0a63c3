import type { FeedbackState, OutboxFile } from '@regotcha-feedback/core/outbox-file'
import type { Command } from 'commander'
import type { Answer } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { plural } from '../words.ts'

/** Which feedback of a state a command is for. */
export interface Selection {
  readonly all?: true
  readonly site?: string
}

export function addSelection(command: Command): Command {
  return command
    .argument('[taskIds...]', 'of which tasks')
    .option('--all', 'of all tasks')
    .option('--site <host>', 'of all tasks at this site')
}

/** The ids of the tasks that are meant: named, or all, or all of a site. */
export function selected(file: OutboxFile, state: FeedbackState, { all, site }: Selection, taskIds: readonly string[]) {
  const ways = [taskIds.length > 0, all, site].filter(Boolean)
  if (ways.length !== 1) throw new CommandError(exitCode.usage, 'name either tasks, or --site <host>, or --all')
  if (taskIds.length > 0) return taskIds
  return file.list({ state, site, limit: Number.MAX_SAFE_INTEGER }).map(({ taskId }) => taskId)
}

/** Does something to each task, and tells with which it could not be done. */
export function each(
  taskIds: readonly string[],
  done: string,
  notDone: string,
  act: (taskId: string) => boolean,
): Answer {
  const results = taskIds.map((taskId) => ({ taskId, [done]: act(taskId) }))
  const failed = results.filter((result) => !result[done]).map(({ taskId }) => taskId)
  const succeeded = taskIds.length - failed.length
  const lines = [`${plural(succeeded, 'task')} ${done}.`, ...failed.map((taskId) => `${taskId}: ${notDone}`)]
  return {
    data: results,
    text: lines.join('\n'),
    exitCode: failed.length > 0 ? exitCode.failed : exitCode.done,
  }
}
