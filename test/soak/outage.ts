import { type Message, openYard } from '../outbox/crawlers.ts'
import { counted, type Row } from './table.ts'

const batch = 1000

/** A crawler's reports while the API is down, and their delivery when it is back. */
export async function outage(records: number): Promise<readonly Row[]> {
  await using yard = await openYard()
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const crawler = await yard.crawler({ quiet: true, execArgv: ['--expose-gc'] })
  const taskIds = yard.tasks(records)
  const { heap } = await crawler.ask({ kind: 'weigh' }, 'weighed')
  const reports: Extract<Message, { kind: 'reported' }>[] = []
  for (let i = 0; i < records; i += batch) {
    reports.push(await crawler.ask({ kind: 'report', taskIds: taskIds.slice(i, i + batch) }, 'reported'))
  }
  const weighed = await crawler.ask({ kind: 'weigh' }, 'weighed')
  const idled = await crawler.ask({ kind: 'idle', ms: 20_000 }, 'idled')
  const during = yard.sandbox.requests.length
  endOutage()
  const begin = performance.now()
  await crawler.drain()
  const rate = records / ((performance.now() - begin) / 1000)
  const { extra: _, ...counts } = counted(yard, taskIds)
  const tenth = Math.ceil(reports.length / 10)
  const p50 = (some: typeof reports) => some.reduce((sum, report) => sum + report.p50, 0) / some.length
  const [early, late] = [p50(reports.slice(0, tenth)), p50(reports.slice(-tenth))]
  const [first, last] = [reports[tenth - 1]?.memory ?? 0, reports.at(-1)?.memory ?? 0]
  return [
    {
      fault: 'the API is down, then back',
      times: 'once',
      ...counts,
      besides: [
        {
          what: `report() p50 ${early.toFixed(0)} µs in the first tenth, ${late.toFixed(0)} µs in the last`,
          goal: 'unchanged',
          isMet: late < 1.5 * early,
        },
        {
          what: `memory ${megabytes(first)} MB after the first tenth, ${megabytes(last)} MB at the end; in use ${((weighed.heap - heap) / records).toFixed(0)} bytes for each that waits, with the promise of its delivery`,
        },
        {
          what: `in the 20 s after that the event loop was delayed by ${idled.p50.toFixed(1)} ms in half of its turns, by ${idled.p99.toFixed(1)} ms in one of a hundred`,
        },
        { what: `${during.toLocaleString('en')} requests while down; drained at ${rate.toFixed(0)} a second` },
      ],
    },
  ]
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6)
