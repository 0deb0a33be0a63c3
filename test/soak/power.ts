import { openYard } from '../outbox/crawlers.ts'
import { faulty } from '../outbox/faulty-libc.ts'
import { cutPowerOften } from '../outbox/power-cut.ts'
import { recordWrites } from '../outbox/recording.ts'
import { counted, type Row } from './table.ts'

export async function power(cuts: number): Promise<readonly Row[]> {
  await using yard = await openYard()
  const recording = (await recordWrites(yard, { count: 1000 })).recording()
  const honest = cutPowerOften(cuts, recording)
  const without = cutPowerOften(cuts, recording, { isHonest: ({ kind }) => kind !== 'fdatasync' })
  return [
    {
      fault: 'power cut; acknowledged is what a sync had covered, all cuts together',
      times: `${cuts} cuts`,
      acknowledged: honest.promised,
      lost: honest.lost,
      besides: [
        { what: `${honest.broken} files broken`, goal: '0', isMet: honest.broken === 0 },
        { what: `control, as if our own syncs did not reach the disk: ${without.losing} of ${cuts} cuts lose` },
      ],
    },
  ]
}

/** Reports at a crawler's pace, with a disk that takes this long for each sync. */
export async function slowSyncs(): Promise<readonly Row[]> {
  const rows: Row[] = []
  for (const syncTakes of [0, 5, 50]) {
    await using yard = await openYard()
    const crawler = await yard.crawler({ environment: faulty({ files: yard.directory, syncTakes }), quiet: true })
    const taskIds = yard.tasks(1000)
    await crawler.ask({ kind: 'report', taskIds: taskIds.slice(0, 10) }, 'reported')
    const { p50, p99 } = await crawler.ask({ kind: 'report', taskIds: taskIds.slice(10), every: 2 }, 'reported')
    await crawler.drain()
    rows.push({
      fault: `each sync takes ${syncTakes} ms longer`,
      times: 'once',
      ...counted(yard, taskIds),
      besides: [
        { what: `report() p50 ${(p50 / 1000).toFixed(3)} ms`, goal: '< 0.3 ms', isMet: p50 < 300 },
        { what: `p99 ${(p99 / 1000).toFixed(2)} ms` },
      ],
    })
  }
  return rows
}
