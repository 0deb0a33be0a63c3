/** `regotcha-feedback explain`: how a recorded session is judged, once or whenever the rules are edited. */
import { watch as watchFiles } from 'node:fs'
import { basename, dirname } from 'node:path'
import { OptionError } from '@regotcha-feedback/core'
import { type Explanation, explanationOf } from './explanation.ts'
import { ExplainError, type Recording, readHar } from './har.ts'
import { createRulesLoader, type RulesLoader } from './load-rules.ts'
import { type Output, timeline } from './timeline.ts'

export interface ExplainCommand {
  /** The path of the HAR. */
  readonly har: string
  /** The path of the module of rules. */
  readonly rules: string
  readonly json?: boolean | undefined
  /** Again, whenever the rules or what they import have been edited. */
  readonly watch?: boolean | undefined
  readonly stdout: Output
  readonly stderr: Output
  /** Ends watching. */
  readonly signal?: AbortSignal | undefined
}

/** What scripts can tell apart. */
export const exitCodes = { decided: 0, undecided: 1, badInput: 2 } as const

/** Explains, and returns the exit code: of the last run, when it watches. */
export async function runExplain(command: ExplainCommand): Promise<number> {
  const { stderr, watch, signal } = command
  const loader = createRulesLoader(command.rules)
  try {
    const recording = await readHar(command.har)
    let code = await explainOnce(command, recording, loader)
    while (watch && !signal?.aborted) {
      stderr.write(`\nwatching ${[...loader.files].map((file) => basename(file)).join(', ')}\n`)
      if (await changed(loader.files, signal)) code = await explainOnce(command, recording, loader)
    }
    return code
  } catch (error) {
    return complain(error, stderr)
  } finally {
    loader.stop()
  }
}

async function explainOnce(command: ExplainCommand, recording: Recording, loader: RulesLoader): Promise<number> {
  try {
    const explanation = await explanationOf(recording, await loader.load(), basename(command.rules))
    command.stdout.write(command.json ? `${JSON.stringify(explanation)}\n` : timeline(explanation, command.stdout))
    return isDecided(explanation) ? exitCodes.decided : exitCodes.undecided
  } catch (error) {
    return complain(error, command.stderr)
  }
}

/** A verdict that what the recording does not show may turn is none to build on. */
const isDecided = ({ verdict, unless }: Explanation) => verdict.kind !== 'undecided' && unless.length === 0

function complain(error: unknown, stderr: Output): number {
  if (!(error instanceof ExplainError || error instanceof OptionError)) throw error
  stderr.write(`${error.message}\n`)
  return exitCodes.badInput
}

/** Fulfils with whether one of the files was written. Editors replace a file, so it is the folders that are watched. */
function changed(files: ReadonlySet<string>, signal: AbortSignal | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const folders = new Set([...files].map((file) => dirname(file)))
    const end = (isChanged: boolean) => {
      clearTimeout(soon)
      for (const watcher of watchers) watcher.close()
      signal?.removeEventListener('abort', abort)
      resolve(isChanged)
    }
    const abort = () => end(false)
    let soon: NodeJS.Timeout | undefined
    const watchers = [...folders].map((folder) =>
      watchFiles(folder, (_, name) => {
        if (name === null || ![...files].some((file) => dirname(file) === folder && basename(file) === name)) return
        // One saving is several events.
        clearTimeout(soon)
        soon = setTimeout(() => end(true), 50)
      }),
    )
    signal?.addEventListener('abort', abort)
  })
}
