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
  // A name begins with the moment of the arming, in as many characters always.
  const files = new Map(namesIn(folder).map((name) => [name.slice(moment.length), name]))
  return (taskId) => {
    const name = files.get(fileEndOf(taskId))
    return name && join(folder, name)
  }
}

const moment = '2026-01-01T00-00-00-000Z-'

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
