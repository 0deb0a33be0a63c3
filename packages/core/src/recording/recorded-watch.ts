import { resolve } from 'node:path'
import { watchPage } from '../watch/watch.ts'
import { writeVisit } from './visit-file.ts'
import { createRecorder } from './visit-recorder.ts'

interface Records {
  /** Where records go that are given no folder of their own; `undefined`: nowhere. */
  readonly folder: string | undefined
  /** What must be in no record. */
  readonly secrets: readonly string[]
  warn(message: string): void
}

/** Watches that leave a record of their visit. One that can't be written breaks nothing. */
export function createVisitRecords({ folder: common, secrets, warn }: Records) {
  const writing = new Set<Promise<unknown>>()
  let isTold = false

  function fail(folder: string, error: unknown): void {
    if (!isTold) warn(`visits can't be recorded in ${folder}: ${error instanceof Error ? error.message : error}`)
    isTold = true
  }

  return {
    /** How to watch for a task, as `watchPage` does. */
    watching(taskId: string, folder = common): typeof watchPage {
      if (folder === undefined) return watchPage
      return (source, options, clock, sites) => {
        const recorder = createRecorder(source, options, clock)
        const watch = watchPage(recorder.source, options, clock, sites, recorder.inferring)
        const written = watch.verdict
          .then((verdict) =>
            writeVisit(resolve(folder), recorder, {
              taskId,
              site: watch.site(),
              verdict,
              token: options.token,
              options,
              secrets,
            }),
          )
          .catch((error) => fail(folder, error))
          .finally(() => writing.delete(written))
        writing.add(written)
        return watch
      }
    },

    /** Fulfils when what is being written is. */
    written: () => Promise.all(writing),
  }
}
