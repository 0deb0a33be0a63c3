/** Several crawlers with one outbox file. */
import { expect, test } from 'vitest'
import { type Crawler, openYard, until, type Yard } from './crawlers.ts'

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const once = (taskIds: readonly string[]) => taskIds.map(() => 1)

/** A process that holds the outbox's write lock and is suspended. */
async function stoppedWriter(yard: Yard) {
  const writer = await yard.crawler()
  writer.tell({ kind: 'lock', file: yard.file })
  await until(() => writer.all('locked')[0])
  writer.kill('SIGSTOP')
  return writer
}

function findEnding({ file }: Yard): boolean {
  using db = new DatabaseSync(file)
  return db.prepare('SELECT 1 FROM outbox WHERE ending IS NOT NULL').get() !== undefined
}

test.concurrent('eight crawlers create a file and write at the same time: none fails, nothing is lost, each feedback is sent once', async () => {
  await using yard = await openYard()
  const file = `${yard.directory}/not/there/yet/outbox.sqlite`
  const crawlers = await Promise.all(Array.from({ length: 8 }, () => yard.crawler({ file })))
  const taskIds = yard.tasks(400)
  const reported = crawlers.map((crawler, i) =>
    crawler.ask({ kind: 'report', taskIds: taskIds.slice(i * 50, (i + 1) * 50), every: 0 }, 'reported'),
  )
  await Promise.all(reported)
  await until(() => crawlers.every((crawler) => crawler.all('delivery').length === 50))
  expect(crawlers.flatMap((crawler) => crawler.all('failed'))).toEqual([])
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  expect(yard.sandbox.requests).toHaveLength(400)
})

test.concurrent('a suspended process that holds the write lock blocks nobody, and nothing is lost when all are killed', async () => {
  await using yard = await openYard()
  const writer = await stoppedWriter(yard)
  const crawler = await yard.crawler()
  const taskIds = yard.tasks(100)
  await crawler.ask({ kind: 'report', taskIds, every: 1 }, 'reported') // one that waited for the lock never would
  expect(yard.sandbox.requests).toEqual([])
  crawler.kill('SIGKILL')
  await crawler.exited
  writer.kill('SIGKILL')
  await writer.exited
  await yard.crawler()
  await until(() => yard.recordings(taskIds).every((count) => count === 1))
})

test.concurrent('feedback reported while the write lock was held is delivered when it is free', async () => {
  await using yard = await openYard()
  const writer = await stoppedWriter(yard)
  const crawler = await yard.crawler()
  const taskIds = yard.tasks(10)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  writer.kill('SIGKILL')
  await until(() => crawler.all('delivery').length === 10)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  expect(crawler.all('failed')).toEqual([])
})

test.concurrent('the first decision for a task wins across processes; a different one is an event', async () => {
  await using yard = await openYard()
  const [first, second] = [await yard.crawler(), await yard.crawler()]
  const [taskId = ''] = yard.tasks(1)
  await first.ask({ kind: 'report', taskIds: [taskId], valid: true }, 'delivery')
  const { delivery } = await second.ask({ kind: 'report', taskIds: [taskId], valid: false }, 'delivery')
  expect(delivery).toEqual({ kind: 'conflict' })
  expect(second.all('failed')).toMatchObject([{ failure: { kind: 'conflict', taskId, kept: true } }])
  expect(yard.sandbox.feedback).toMatchObject([{ taskId, valid: true }])
})

test.concurrent('a decision that comes too late, after a held lock, is an event, too', async () => {
  await using yard = await openYard()
  const [first, second] = [await yard.crawler(), await yard.crawler()]
  const writer = await stoppedWriter(yard)
  const [taskId = ''] = yard.tasks(1)
  await first.ask({ kind: 'report', taskIds: [taskId], valid: true }, 'acknowledged')
  await second.ask({ kind: 'report', taskIds: [taskId], valid: false }, 'acknowledged')
  writer.kill('SIGKILL')
  await until(() => first.all('delivery')[0] && second.all('delivery')[0])
  const deliveries = [first, second].map((crawler) => crawler.all('delivery')[0]?.delivery.kind)
  expect(new Set(deliveries)).toEqual(new Set(['conflict', 'delivered']))
  expect(yard.sandbox.feedback).toHaveLength(1)
})

test.concurrent('if two processes decide the same tasks differently at the same time, one wins each, and the other gets an event', async () => {
  await using yard = await openYard()
  const taskIds = yard.tasks(100)
  const [one, two] = (await Promise.all([yard.crawler(), yard.crawler()])) as [Crawler, Crawler]
  one.tell({ kind: 'report', taskIds, valid: true, every: 0 })
  two.tell({ kind: 'report', taskIds: taskIds.toReversed(), valid: false, every: 0 })
  await until(() => [one, two].every((crawler) => crawler.all('delivery').length === 100))
  const conflicts = (crawler: Crawler) => crawler.all('failed').map(({ failure }) => failure)
  expect(conflicts(one).length + conflicts(two).length).toBe(100)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  for (const { taskId, valid } of yard.sandbox.feedback) {
    expect(conflicts(valid ? two : one)).toContainEqual({ kind: 'conflict', taskId, kept: valid })
  }
})

test.concurrent('a process that sends after its lease what another delivered gets ERROR_FEEDBACK_EXISTS, and sees the other’s ending', async () => {
  await using yard = await openYard()
  const late = await yard.crawler()
  const [taskId = ''] = yard.tasks(1)
  await late.ask({ kind: 'report-and-stop', taskId }, 'stopping')
  const other = await yard.crawler({ ahead: 61_000 })
  await until(() => yard.sandbox.feedback.length === 1)
  await until(() => findEnding(yard))
  late.kill('SIGCONT')
  const { delivery } = await until(() => late.all('delivery')[0])
  expect(delivery).toEqual({ kind: 'delivered', by: 'recorded', attempts: 2 })
  await until(() => yard.sandbox.requests.length === 2)
  expect(yard.sandbox.requests.map(({ errorCode }) => errorCode)).toEqual([undefined, 'ERROR_FEEDBACK_EXISTS'])
  expect([...late.all('failed'), ...other.all('failed')]).toEqual([])
})

test.concurrent('a process that is suspended past its lease changes nothing that another did meanwhile', async () => {
  await using yard = await openYard()
  const endStall = yard.sandbox.fault({ kind: 'stall' }, 1)
  const late = await yard.crawler()
  const [taskId = ''] = yard.tasks(1)
  late.tell({ kind: 'report', taskIds: [taskId] })
  await until(() => yard.sandbox.requests.length === 1)
  late.kill('SIGSTOP')
  endStall()
  const other = await yard.crawler({ ahead: 61_000 })
  await until(() => yard.sandbox.feedback.length === 1)
  late.kill('SIGCONT')
  const { delivery } = await until(() => late.all('delivery')[0])
  expect(delivery).toMatchObject({ kind: 'delivered', attempts: 2 })
  expect(other.all('failed')).toEqual([])
  expect(yard.recordings([taskId])).toEqual([1])
})

test.concurrent('a delivery by another process fulfils the promises here, and ends a flush', async () => {
  await using yard = await openYard()
  const slow: Crawler = await yard.crawler({ pace: { perMinute: 0.001, burst: 1 } })
  const [spent = '', taskId = ''] = yard.tasks(2)
  await slow.ask({ kind: 'report', taskIds: [spent] }, 'delivery')
  await slow.ask({ kind: 'report', taskIds: [taskId] }, 'acknowledged')
  const flushed = slow.ask({ kind: 'flush' }, 'flushed')
  await yard.crawler() // at a pace of its own
  await until(() => slow.all('delivery')[1])
  expect((await flushed).report.pending).toBe(0)
})

test.concurrent('all processes of a key share one pace', async () => {
  await using yard = await openYard()
  const pace = { perMinute: 0.001, burst: 5 }
  const crawlers = await Promise.all([yard.crawler({ pace }), yard.crawler({ pace })])
  for (const crawler of crawlers) await crawler.ask({ kind: 'report', taskIds: yard.tasks(5) }, 'reported')
  await until(() => yard.sandbox.feedback.length === 5)
  await yard.crawler({ pace })
  expect(yard.sandbox.requests).toHaveLength(5)
})

test.concurrent('a rate limit pauses every process of the key', async () => {
  await using yard = await openYard()
  yard.sandbox.fault({ kind: 'rate-limit', retryAfter: 3600 })
  const [first, second] = [await yard.crawler(), await yard.crawler()]
  await first.ask({ kind: 'report', taskIds: yard.tasks(1) }, 'reported')
  await until(() => yard.sandbox.requests.length === 1)
  await first.ask({ kind: 'block', ms: 1 }, 'blocked')
  await second.ask({ kind: 'report', taskIds: yard.tasks(5) }, 'reported')
  await second.ask({ kind: 'block', ms: 1 }, 'blocked')
  expect(yard.sandbox.requests).toHaveLength(1)
  await yard.crawler({ ahead: 3_700_000 })
  await until(() => yard.sandbox.feedback.length === 6)
})

test.concurrent('processes with different keys share the file, and neither sends nor sees the other’s feedback', async () => {
  await using yard = await openYard()
  yard.sandbox.addKey('another-key')
  const { taskId } = yard.sandbox.issueTask({ clientKey: 'another-key' })
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const another = await yard.crawler({ clientKey: 'another-key' })
  await another.ask({ kind: 'report', taskIds: [taskId], valid: true }, 'reported')
  another.kill('SIGKILL')
  await another.exited
  endOutage()
  const ours = await yard.crawler({ ahead: 400_000 })
  const { delivery } = await ours.ask({ kind: 'report', taskIds: [taskId], valid: false }, 'delivery')
  expect(delivery).toEqual({ kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' })
  expect(yard.sandbox.feedback).toEqual([])
  await yard.crawler({ clientKey: 'another-key', ahead: 400_000 })
  await until(() => yard.sandbox.feedback.length === 1)
  expect(yard.sandbox.feedback).toMatchObject([{ taskId, valid: true, clientKey: 'another-key' }])
})
