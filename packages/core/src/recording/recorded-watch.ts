import { resolve } from 'node:path'
import { watchPage } from '../watch/watch.ts'
import { writeVisit } from './visit-file.ts'
import { createRecorder } from './visit-recorder.ts'

interface Records {
  /** The default folder for records; `undefined` if visits are not recorded by default. */
  readonly folder: string | undefined
  /** Secrets that no record may contain. */
  readonly secrets: readonly string[]
  warn(message: string): void
}

/** Watches that record their visit. If a record can't be written, the watch is not affected. */
export function createVisitRecords({ folder: common, secrets, warn }: Records) {
  const writing = new Set<Promise<unknown>>()
  let isTold = false

  function fail(folder: string, error: unknown): void {
    if (!isTold) warn(`visits can't be recorded in ${folder}: ${error instanceof Error ? error.message : error}`)
    isTold = true
  }

  return {
    /** Watches a page for a task, like `watchPage`. */
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

    /** Fulfils when all records are written. */
    written: () => Promise.all(writing),
  }
}
