/** Finds the visits that the crawler recorded. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileEndOf } from '@regotcha-feedback/core/watch'
import { Option } from 'commander'
import { CommandError, exitCode } from './exit-code.ts'

export interface RecordedOption {
  readonly visits?: string
}

/** @param use - what the command does with the records. */
export const recordedOption = (use: string) =>
  new Option('--visits <folder>', `the folder where your crawler records visits: ${use}`)

/** Finds the record of a task's visit; the latest if there are several. */
export function recordedIn({ visits: folder }: RecordedOption): (taskId: string) => string | undefined {
  if (folder === undefined) return () => undefined
  const files = new Map(namesIn(folder).map((name) => [name.replace(armedAt, ''), name]))
  return (taskId) => {
    const name = files.get(fileEndOf(taskId))
    return name && join(folder, name)
  }
}

/** A file's name begins with the time at which the watch was armed. */
const armedAt = /^\d{4}-\d\d-\d\dT[\d-]+Z-/

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(
      exitCode.usage,
      `--visits: ${folder} cannot be read (${code}): pass the folder that you set as \`record\``,
    )
  }
}
