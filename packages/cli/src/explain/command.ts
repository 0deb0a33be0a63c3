/** `regotcha-feedback explain`: how recorded sessions are judged, once or whenever the rules are edited. */
import { watch as watchFiles } from 'node:fs'
import { basename, dirname } from 'node:path'
import { type Answer, print } from '../answer.ts'
import type { ExplainOptions } from '../commands/explain.ts'
import { exitCode } from '../exit-code.ts'
import { fail } from '../failure.ts'
import type { GlobalOptions } from '../settings.ts'
import { explanationOf } from './explanation.ts'
import { createRulesLoader, type RulesLoader } from './load-rules.ts'
import { type Recording, readRecording } from './recording.ts'
import { areSeveral, replayed } from './replays.ts'
import { timeline } from './timeline.ts'

export async function runExplain(
  paths: readonly string[],
  { rules, watch, ...options }: ExplainOptions & GlobalOptions,
): Promise<void> {
  const loader = createRulesLoader(rules)
  const file = basename(rules)
  const several = async () => replayed(paths, options, await loader.load(), file)
  const [path = ''] = paths
  const answer = areSeveral(paths, options) ? several : explaining(await readRecording(path), loader, file)
  if (!watch) return print(await answer(), options)
  return againOnChange(answer, () => loader.files, options)
}

/** Prints an answer whenever one of the files it came of has changed, and survives what is wrong with them. */
export async function againOnChange(
  answer: () => Promise<Answer>,
  filesOf: () => ReadonlySet<string>,
  options: GlobalOptions,
): Promise<never> {
  for (;;) {
    try {
      print(await answer(), options)
    } catch (error) {
      fail(error, options.json === true)
    }
    const files = filesOf()
    process.stderr.write(`\nwatching ${[...files].map((file) => basename(file)).join(', ')}\n`)
    await changed(files)
  }
}

const explaining = (recording: Recording, loader: RulesLoader, file: string) => async (): Promise<Answer> => {
  const explanation = await explanationOf(recording, await loader.load(), file)
  const { verdict, unless } = explanation
  // A verdict that what the recording does not show may turn is none to build on.
  const isSure = verdict.kind !== 'undecided' && unless.length === 0
  return { data: explanation, text: timeline(explanation), exitCode: isSure ? exitCode.done : exitCode.failed }
}

/** Fulfils when one of the files was written. Editors replace a file, so it is the folders that are watched. */
function changed(files: ReadonlySet<string>): Promise<void> {
  const folders = new Set([...files].map((file) => dirname(file)))
  return new Promise((resolve) => {
    let soon: NodeJS.Timeout | undefined
    const watchers = [...folders].map((folder) =>
      watchFiles(folder, (_, name) => {
        if (name === null || ![...files].some((file) => dirname(file) === folder && basename(file) === name)) return
        clearTimeout(soon)
        soon = setTimeout(end, 50) // one saving is several events
      }),
    )
    function end() {
      for (const watcher of watchers) watcher.close()
      resolve()
    }
  })
}
