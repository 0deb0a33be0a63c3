/** Crawlers that die in different ways: no report is lost, and the API counts each once. */
import { expect, test } from 'vitest'
import { type Command, type Crawler, openYard, until, type Yard } from './crawlers.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const acknowledged = (crawlers: readonly Crawler[]) =>
  crawlers.flatMap((crawler) => crawler.all('acknowledged').map(({ taskId }) => taskId))

/** A later run that solves nothing, after the leases of the dead crawlers have run out. */
async function nextRun(yard: Yard, taskIds: readonly string[]): Promise<void> {
  await yard.crawler({ ahead: 61_000 })
  await until(() => yard.recordings(taskIds).every((count) => count > 0))
}

test.concurrent('three crawlers that are killed at random moments lose nothing that they reported', async () => {
  await using yard = await openYard()
  const all: string[] = []
  for (let round = 0; round < 3; round++) {
    const crawlers = await Promise.all([yard.crawler(), yard.crawler(), yard.crawler()])
    for (const crawler of crawlers) crawler.tell({ kind: 'report', taskIds: yard.tasks(2000), every: 0 })
    await new Promise((resolve) => setTimeout(resolve, 100 + 400 * Math.random()))
    for (const crawler of crawlers) crawler.kill('SIGKILL')
    await Promise.all(crawlers.map(({ exited }) => exited))
    all.push(...acknowledged(crawlers))
  }
  await nextRun(yard, all)
  expect(all.length).toBeGreaterThan(100)
  expect(yard.recordings(all)).toEqual(once(all))
})

test.concurrent('if a crawler is killed before the API’s answer arrives, the next one confirms the feedback', async () => {
  await using yard = await openYard()
  const [taskId = ''] = yard.tasks(1)
  yard.sandbox.fault({ kind: 'stall-body' })
  const crawler = await yard.crawler()
  crawler.tell({ kind: 'report', taskIds: [taskId] })
  await until(() => yard.sandbox.feedback.length === 1)
  crawler.kill('SIGKILL')
  await crawler.exited
  const next = await yard.crawler({ ahead: 61_000 })
  const { delivery } = await next.ask({ kind: 'report', taskIds: [taskId] }, 'delivery')
  expect(delivery).toEqual({ kind: 'delivered', by: 'confirmed', attempts: 2 })
})

test.concurrent.each<[string, Command, string[]]>([
  ['exits', { kind: 'exit' }, []],
  ['throws', { kind: 'throw' }, []],
  ['exhausts its memory', { kind: 'exhaust-memory' }, ['--max-old-space-size=30']],
])(
  'a crawler that %s right after its reports loses none',
  async (_, command, execArgv) => {
    await using yard = await openYard()
    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const crawler = await yard.crawler({ execArgv })
    const taskIds = yard.tasks(20)
    crawler.tell({ kind: 'report', taskIds })
    crawler.tell(command)
    await crawler.exited
    endOutage()
    expect(yard.sandbox.feedback).toEqual([])
    await nextRun(yard, taskIds)
    expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  },
  120_000,
)

test.concurrent('undelivered feedback does not keep a crawler from ending', async () => {
  await using yard = await openYard()
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const crawler = await yard.crawler()
  const taskIds = yard.tasks(3)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  crawler.tell({ kind: 'end' })
  await crawler.exited
  endOutage()
  await nextRun(yard, taskIds)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a crawler whose event loop is blocked loses nothing and sends nothing twice', async () => {
  await using yard = await openYard()
  const crawler = await yard.crawler()
  const taskIds = yard.tasks(20)
  crawler.tell({ kind: 'report', taskIds })
  await crawler.ask({ kind: 'block', ms: 5000 }, 'blocked')
  const { report } = await crawler.ask({ kind: 'flush' }, 'flushed')
  expect(report.pending).toBe(0)
  expect(yard.sandbox.requests).toHaveLength(20)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a crawler whose listeners throw and reject gets warnings, continues and delivers', async () => {
  await using yard = await openYard()
  const crawler = await yard.crawler({ unruly: true })
  const taskIds = yard.tasks(5)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await crawler.ask({ kind: 'report', taskIds: taskIds.slice(0, 1), valid: false }, 'reported')
  await until(() => crawler.all('delivery').length === 6)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  const warnings = ['delivered throws', 'delivered rejects', 'failed throws', 'failed rejects']
  await until(() => warnings.every((warning) => crawler.output().includes(`Error: this listener of ${warning}`)))
  crawler.tell({ kind: 'end' })
  expect(await crawler.exited).toEqual([0, null])
})
