import { setTimeout } from 'node:timers/promises'
import type { Fault } from '@regotcha-feedback/sandbox'
import { openYard } from '../outbox/crawlers.ts'
import { counted, type Row } from './table.ts'

const faults: readonly Fault[] = [
  { kind: 'reset' },
  { kind: 'reset-after-recording' },
  { kind: 'stall' },
  { kind: 'stall-body' },
  { kind: 'truncate' },
  { kind: 'status', status: 503 },
  { kind: 'rate-limit', retryAfter: 1 },
]

/** More than a crawler can report before it is killed. */
const most = 400

/**
 * Three crawlers at a time, with a faulty API, killed at random moments. Each round starts after the leases of the
 * previous one.
 */
export async function kills(rounds: number): Promise<readonly Row[]> {
  await using yard = await openYard()
  const acknowledged = new Set<string>()
  let unreported: readonly string[] = []
  let ahead = 0
  for (let round = 0; round < rounds; round++) {
    const crawlers = await Promise.all([1, 2, 3].map(() => yard.crawler({ ahead })))
    const [fault] = faults.toSorted(() => Math.random() - 0.5)
    const lift = yard.sandbox.fault(fault as Fault, Math.ceil(5 * Math.random()))
    unreported = [...unreported, ...yard.tasks(Math.max(0, 3 * most - unreported.length))]
    for (const [i, crawler] of crawlers.entries()) {
      crawler.tell({ kind: 'report', taskIds: unreported.slice(most * i, most * (i + 1)), every: 0 })
    }
    await setTimeout(20 + 400 * Math.random())
    for (const crawler of crawlers) crawler.kill('SIGKILL')
    await Promise.all(crawlers.map(({ exited }) => exited))
    lift()
    for (const crawler of crawlers) for (const { taskId } of crawler.all('acknowledged')) acknowledged.add(taskId)
    unreported = unreported.filter((taskId) => !acknowledged.has(taskId))
    ahead += 61_000
  }
  const taskIds = [...acknowledged]
  const last = await yard.crawler({ ahead: ahead + 400_000 })
  await last.drain()
  const counts = counted(yard, taskIds)
  return [
    {
      fault: 'three processes killed at any instant, the API faulty',
      times: `${rounds} rounds`,
      ...counts,
      besides: [{ what: `${(counts.acknowledged / rounds / 3).toFixed(0)} acknowledged by each process` }],
    },
  ]
}
