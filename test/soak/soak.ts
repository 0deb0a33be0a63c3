/**
 * Runs faults that take minutes: `pnpm soak [--rounds 200] [--cuts 200] [--records 100000] [--sequences 10000] [--backlog 1000000] [--only kills,power]` prints
 * the results, writes them to docs/soak.md after a complete run, and fails if a feedback was lost or counted twice.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { noFaultyLibc } from '../outbox/faulty-libc.ts'
import { kills } from './kills.ts'
import { lazyfs } from './lazyfs.ts'
import { million } from './million.ts'
import { oldSqlite } from './old-sqlite.ts'
import { outage } from './outage.ts'
import { power, slowSyncs } from './power.ts'
import { sequences } from './sequences.ts'
import { eightWriters, heldLock } from './sharing.ts'
import { isBad, page, type Row } from './table.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    cuts: { type: 'string', default: '200' },
    records: { type: 'string', default: '100000' },
    sequences: { type: 'string', default: '10000' },
    backlog: { type: 'string', default: '1000000' },
    only: { type: 'string' },
  },
})

const parts: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  kills: () => kills(Number(values.rounds)),
  power: () => (noFaultyLibc ? skip('power', noFaultyLibc) : power(Number(values.cuts))),
  lazyfs: () =>
    process.env.LAZYFS
      ? lazyfs(process.env.LAZYFS, Number(values.cuts) / 10)
      : skip('lazyfs', 'LAZYFS names no binary'),
  syncs: () => (noFaultyLibc ? skip('syncs', noFaultyLibc) : slowSyncs()),
  writers: eightWriters,
  lock: heldLock,
  sequences: () => sequences(Number(values.sequences)),
  outage: () => outage(Number(values.records)),
  million: () => million(Number(values.backlog)),
  sqlite: oldSqlite,
}

async function skip(part: string, why: string): Promise<readonly Row[]> {
  console.error(`${part} is left out: ${why}`)
  return []
}

const rows: Row[] = []
const chosen = values.only?.split(',') ?? Object.keys(parts)
for (const [name, run] of Object.entries(parts)) {
  if (!chosen.includes(name)) continue
  const begin = performance.now()
  rows.push(...(await run()))
  console.error(`${name}: ${Math.round((performance.now() - begin) / 1000)} s`)
}
const command = `pnpm soak${process.argv
  .slice(2)
  .map((argument) => ` ${argument}`)
  .join('')}`
const text = page(rows, `${command}\` on Node ${process.versions.node}, ${cpus().length} CPUs`)
console.log(text)
if (!values.only) writeFileSync(new URL('../../docs/soak.md', import.meta.url), text)
process.exitCode = rows.some(isBad) ? 1 : 0
