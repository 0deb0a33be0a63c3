/** Records what crawlers write to their outbox, starting on a machine without its directory. */
import { mkdirSync } from 'node:fs'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import type { Yard } from './crawlers.ts'
import { type Control, faulty } from './faulty-libc.ts'
import { type Recording, readJournal } from './power-cut.ts'

export async function recordWrites(
  { sandbox, directory, crawler, tasks }: Yard,
  {
    count,
    crawlers = 2,
    control,
    harm,
  }: {
    readonly count: number
    readonly crawlers?: number
    readonly control?: Control
    /** Done when the file is there, before anything is reported. */
    readonly harm?: () => void
  },
) {
  const root = `${directory}/recorded`
  mkdirSync(root)
  const [file, marks, journal] = [`${root}/home/state/outbox.sqlite`, `${root}/marks`, `${directory}/journal`]
  const environment = faulty({ files: root, journal, control })
  const all = []
  for (let i = 0; i < crawlers; i++) all.push(await crawler({ file, marks, environment: { ...environment } }))
  for (const one of all) await one.drain() // until the file is there
  harm?.()
  await Promise.all(all.map((one) => one.ask({ kind: 'report', taskIds: tasks(count), every: 1 }, 'reported')))
  for (const one of all) await one.drain()
  return {
    crawlers: all,
    /** Until now. */
    recording: (): Recording => ({
      entries: readJournal(journal),
      root,
      file,
      marks,
      account: accountOf(sandbox.clientKey, sandbox.apiURL),
    }),
  }
}
