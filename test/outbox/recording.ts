/** What crawlers write into their outbox, from its beginning. */
import { mkdirSync } from 'node:fs'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import type { Yard } from './crawlers.ts'
import { faulty } from './faulty-libc.ts'
import { readJournal } from './power-cut.ts'

export async function recordWrites({ sandbox, directory, crawler, tasks }: Yard, count: number) {
  const files = `${directory}/recorded`
  mkdirSync(files)
  const [file, marks, journal] = [`${files}/outbox.sqlite`, `${files}/marks`, `${directory}/journal`]
  const environment = faulty({ files, journal })
  const crawlers = [await crawler({ file, marks, environment })]
  crawlers.push(await crawler({ file, marks, environment: { ...environment } }))
  const reported = crawlers.map((one) => one.ask({ kind: 'report', taskIds: tasks(count), every: 1 }, 'reported'))
  await Promise.all(reported)
  for (const one of crawlers) await one.drain()
  return { entries: readJournal(journal), file, marks, account: accountOf(sandbox.clientKey, sandbox.apiURL) }
}
