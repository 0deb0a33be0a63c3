/** What a crawler pays to hand out its feedback. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openSqliteFile } from '../../packages/core/src/delivery/sqlite/sqlite-file.ts'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import { openBareTable } from './bare-table.ts'
import type { Assignment, Cost } from './crawler.ts'
import { type Disk, makeDisk } from './disk.ts'
import { alternate, compare, quantile } from './rounds.ts'
import type { Goal, Row } from './table.ts'

interface Crawler extends Disposable {
  crawl(how: Assignment['how'], when: Assignment['when'], count: number, file?: string): Promise<Cost>
}

export async function enqueueing(rounds: number, directory: string, baseURL: string): Promise<Row[]> {
  let files = 0

  async function startCrawler(environment: NodeJS.ProcessEnv = {}): Promise<Crawler> {
    const child = fork(`${import.meta.dirname}/crawler.ts`, { env: { ...process.env, ...environment } })
    const answer = async () => (await once(child, 'message'))[0]
    await answer()
    return {
      crawl(how, when, count, file = `${directory}/${files++}`) {
        child.send({ how, when, count, baseURL, file } satisfies Assignment)
        return answer()
      },
      [Symbol.dispose]: () => child.disconnect(),
    }
  }

  async function bursts(): Promise<Row[]> {
    using crawler = await startCrawler()
    const samples = await alternate(rounds, {
      ours: () => crawler.crawl('ours', 'burst', 1000),
      insert: () => crawler.crawl('insert', 'burst', 1000),
      queue: () => crawler.crawl('queue', 'burst', 1000),
      again: () => crawler.crawl('queue', 'burst', 1000),
    })
    const perSecond = samples.ours.map(({ calls, time }) => (calls.length / time) * 1000)
    const median = (variant: 'ours' | 'insert') => samples[variant].map(({ calls }) => quantile(calls, 0.5) * 1000)
    const grouped = await alternate(rounds, {
      ours: async () => inGroups('ours'),
      insert: async () => inGroups('insert'),
    })
    return [
      ...calling('in a burst', samples),
      {
        what: '`report()` / a bare INSERT, in a burst',
        unit: 'µs',
        ...compare(median('ours'), median('insert')),
        goal: { atMost: 1.5 },
      },
      row(
        'the longest of 1,000 in a burst',
        'ms',
        samples.ours.map(({ calls }) => Math.max(...calls)),
      ),
      row('feedback a second that survives SIGKILL, by `report()`', '', perSecond, { atLeast: 20_000 }),
      {
        what: 'the same, 64 in a transaction, as after a held lock: ours / bare INSERTs',
        unit: '',
        ...compare(grouped.ours, grouped.insert),
        goal: { atLeast: 0.67 },
      },
    ]
  }

  /** How many a second a file takes where it takes them in groups. */
  function inGroups(whose: 'ours' | 'insert'): number {
    const size = 64
    const path = `${directory}/${files++}`
    const { add, transaction, close } = whose === 'ours' ? openOurs(path) : openBareTable(path)
    const start = performance.now()
    for (let index = 0; index < 100 * size; index += size) {
      transaction(() => {
        for (let task = index; task < index + size; task++) add(`task_${task}`)
      })
    }
    const time = performance.now() - start
    close()
    return ((100 * size) / time) * 1000
  }

  function openOurs(path: string) {
    const db = openSqliteFile(path, accountOf('key', baseURL), 1)
    const decidedAt = Date.now()
    const add = (taskId: string) => db.add({ taskId, valid: true, decidedAt, expiresAt: decidedAt + 80_000_000 })
    return { ...db, add }
  }

  async function working(disk: Disk | string): Promise<Row[]> {
    using crawler = await startCrawler(typeof disk === 'string' ? {} : disk.environment)
    const samples = await alternate(rounds, {
      nobody: () => crawler.crawl('nobody', 'work', 25),
      nobodyAgain: () => crawler.crawl('nobody', 'work', 25),
      queue: () => crawler.crawl('queue', 'work', 25),
      again: () => crawler.crawl('queue', 'work', 25),
      ours: () => crawler.crawl('ours', 'work', 25),
      unpaced: () => crawler.crawl('unpaced', 'work', 25),
    })
    const slices = (what: string, how: keyof typeof samples, base: keyof typeof samples, goal?: Goal): Row => {
      const of = (variant: keyof typeof samples) => samples[variant].map(({ slice }) => slice)
      return {
        what: `slice of the crawler’s work, 50 feedback a second, slow disk: ${what}`,
        goal,
        ...(typeof disk === 'string' ? { missing: disk } : { unit: 'ms', ...compare(of(how), of(base)) }),
      }
    }
    return [
      ...calling('50 a second', samples, { alone: { atMost: 180 }, beside: { atMost: 2.5 } }),
      slices('no feedback / no feedback', 'nobodyAgain', 'nobody'),
      slices('ours / no feedback', 'ours', 'nobody', { atMost: 1.03 }),
      slices('ours, pace lifted / no feedback', 'unpaced', 'nobody'),
      slices('p-queue and ofetch / no feedback', 'queue', 'nobody'),
      slices('ours, pace lifted / p-queue and ofetch', 'unpaced', 'queue'),
    ]
  }

  async function crowding(): Promise<Row[]> {
    const crawlers = await Promise.all(Array.from({ length: 8 }, () => startCrawler()))
    const all = async (how: Assignment['how']) => {
      const file = `${directory}/${files++}`
      const costs = await Promise.all(crawlers.map((crawler) => crawler.crawl(how, 'idle', 25, file)))
      return quantile(
        costs.flatMap(({ calls }) => calls),
        0.99,
      )
    }
    const samples = await alternate(Math.ceil(rounds / 2), { ours: () => all('ours'), queue: () => all('queue') })
    for (const crawler of crawlers) crawler[Symbol.dispose]()
    return [
      row('p99 of `report()`, 8 processes at one file, 50 a second each', 'ms', samples.ours, { atMost: 2 }),
      { what: 'the same / p-queue', unit: 'ms', ...compare(samples.ours, samples.queue) },
    ]
  }

  async function syncing(disk: Disk | string): Promise<Row> {
    const what = 'syncs for each feedback that survives a power cut, one a turn of the event loop'
    const goal = { atMost: 0.1 }
    if (typeof disk === 'string') return { what, goal, missing: disk }
    using crawler = await startCrawler(disk.environment)
    const perRecord: number[] = []
    for (let round = 0; round < 5; round++) {
      const before = disk.syncs()
      await crawler.crawl('ours', 'turns', 2000)
      perRecord.push((disk.syncs() - before) / 2000)
    }
    return row(what, '', perRecord, goal)
  }

  return [
    ...(await bursts()),
    ...(await working(makeDisk(directory, 5))),
    ...(await crowding()),
    await syncing(makeDisk(directory, 0)),
  ]
}

/** `report()` alone, and beside p-queue's `add`. */
function calling(
  when: string,
  samples: Record<'ours' | 'queue' | 'again', readonly Cost[]>,
  goals: { readonly alone?: Goal; readonly beside?: Goal } = {},
): Row[] {
  const of = (variant: keyof typeof samples) => samples[variant].map(({ calls }) => quantile(calls, 0.5) * 1000)
  const unit = 'µs'
  return [
    row(`\`report()\`, ${when}`, unit, of('ours'), goals.alone),
    { what: `\`report()\` / p-queue, ${when}`, unit, ...compare(of('ours'), of('queue')), goal: goals.beside },
    { what: `p-queue / p-queue, ${when}`, unit, ...compare(of('again'), of('queue')) },
  ]
}

const row = (what: string, unit: string, values: readonly number[], goal?: Goal): Row => ({
  what,
  unit,
  value: quantile(values, 0.5),
  goal,
})
