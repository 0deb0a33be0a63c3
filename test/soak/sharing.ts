import { setTimeout } from 'node:timers/promises'
import { openYard } from '../outbox/crawlers.ts'
import { counted, type Row } from './table.ts'

export async function eightWriters(): Promise<readonly Row[]> {
  await using yard = await openYard()
  const crawlers = await Promise.all(Array.from({ length: 8 }, () => yard.crawler({ quiet: true })))
  const taskIds = yard.tasks(8 * 500)
  const reports = await Promise.all(
    crawlers.map((crawler, i) =>
      crawler.ask({ kind: 'report', taskIds: taskIds.slice(500 * i, 500 * (i + 1)), every: 0 }, 'reported'),
    ),
  )
  await Promise.all(crawlers.map((crawler) => crawler.drain()))
  const times = reports.map(({ took }) => took)
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length
  const off = Math.max(...times.map((time) => Math.abs(time / mean - 1)))
  const p99 = Math.max(...reports.map((report) => report.p99)) / 1000
  const errors = crawlers.flatMap((crawler) => crawler.all('failed')).length
  return [
    {
      fault: 'eight processes write at once',
      times: 'once',
      ...counted(yard, taskIds),
      besides: [
        { what: `${errors} errors`, goal: '0', isMet: errors === 0 },
        { what: `report() p99 of the slowest ${p99.toFixed(2)} ms`, goal: '< 2 ms', isMet: p99 < 2 },
        { what: `${(off * 100).toFixed(0)} % from fair`, goal: '≤ 25 %', isMet: off <= 0.25 },
      ],
    },
  ]
}

/** A suspended process holds the write lock for 10 s; before that, the same without a lock. */
export async function heldLock(): Promise<readonly Row[]> {
  await using yard = await openYard()
  const [writer, crawler] = [await yard.crawler(), await yard.crawler()]
  const taskIds = yard.tasks(1500)
  await crawler.ask({ kind: 'report', taskIds: taskIds.slice(0, 10) }, 'reported')
  const control = await crawler.ask({ kind: 'report', taskIds: taskIds.slice(10, 750), every: 10 }, 'reported')
  await writer.ask({ kind: 'lock', file: yard.file }, 'locked')
  writer.kill('SIGSTOP')
  const reported = crawler.ask({ kind: 'report', taskIds: taskIds.slice(750), every: 10 }, 'reported')
  await setTimeout(10_000)
  writer.kill('SIGKILL')
  const { lag } = await reported
  await crawler.drain()
  return [
    {
      fault: 'a stopped process holds the write lock for 10 s',
      times: 'once',
      ...counted(yard, taskIds),
      besides: [
        {
          what: `longest delay of the event loop ${lag.toFixed(1)} ms, without the lock ${control.lag.toFixed(1)} ms`,
          goal: '< 20 ms',
          isMet: lag < 20,
        },
      ],
    },
  ]
}
