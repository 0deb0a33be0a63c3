/** Which visits the crawler recorded. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileEndOf } from '@regotcha-feedback/core/watch'
import { Option } from 'commander'
import { CommandError, exitCode } from './exit-code.ts'

export interface RecordedOption {
  readonly visits?: string
}

/** @param use - what becomes of the records. */
export const recordedOption = (use: string) =>
  new Option('--visits <folder>', `where your crawler records its visits: ${use}`)

/** Finds the record of a task's visit, of several the latest. */
export function recordedIn({ visits: folder }: RecordedOption): (taskId: string) => string | undefined {
  if (folder === undefined) return () => undefined
  const files = new Map(namesIn(folder).map((name) => [name.replace(armedAt, ''), name]))
  return (taskId) => {
    const name = files.get(fileEndOf(taskId))
    return name && join(folder, name)
  }
}

/** The moment of the arming, with which a name begins. */
const armedAt = /^\d{4}-\d\d-\d\dT[\d-]+Z-/

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new CommandError(
      exitCode.usage,
      `--visits: ${folder} cannot be read (${code}): name the folder of \`record\``,
    )
  }
}
