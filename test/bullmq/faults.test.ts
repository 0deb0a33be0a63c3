/** Redis is down, hangs, is killed, full, emptied or misconfigured, and workers die: nothing is lost. */
import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Crawler, until } from '../outbox/crawlers.ts'
import { eventually, openFleet } from './fleet.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const troubles = (crawler: Crawler) =>
  crawler.all('failed').map(({ failure }) => (failure.kind === 'outbox' ? failure.detail : failure.kind))

test.concurrent('if Redis is down at the start, the crawler gets one event, and Redis gets everything when it is up', async () => {
  await using fleet = await openFleet({ isDown: true })
  const { yard, redis } = fleet
  const worker = fleet.worker()
  const crawler = await fleet.crawler()
  const taskIds = yard.tasks(20)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  const address = new URL(redis.url).host
  await until(() => crawler.all('failed').length > 0)
  await redis.start()
  await until(() => crawler.all('delivery').length === 20)
  expect(troubles(crawler)).toEqual([
    `Redis at ${address} cannot be used: connect ECONNREFUSED ${address}; feedback is kept on this machine meanwhile`,
  ])
  expect(worker.failures).toEqual([
    {
      kind: 'outbox',
      detail: `Redis at ${address} cannot be used: connect ECONNREFUSED ${address}; nothing is delivered from there meanwhile`,
    },
  ])
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a Redis that hangs blocks neither a crawler’s calls nor its exit', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  const crawler = await fleet.crawler()
  redis.signal('SIGSTOP')
  const taskIds = yard.tasks(50)
  await crawler.ask({ kind: 'report', taskIds, every: 1 }, 'reported') // one that waited for Redis never would
  expect(crawler.all('delivery')).toEqual([])
  await until(() => troubles(crawler).length > 0)
  expect(troubles(crawler)).toEqual([expect.stringContaining('Command timed out')])
  crawler.tell({ kind: 'end' })
  await crawler.exited
  redis.signal('SIGCONT')
  fleet.worker()
  await fleet.crawler()
  await until(() => yard.sandbox.feedback.length === 50)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('if Redis is killed again and again under load, nothing is lost or counted twice', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  fleet.worker()
  const crawlers = [await fleet.crawler('a'), await fleet.crawler('b')]
  const taskIds = yard.tasks(500)
  const reported = crawlers.map((crawler, i) =>
    crawler.ask({ kind: 'report', taskIds: taskIds.slice(i * 250, i * 250 + 250), every: 8 }, 'reported'),
  )
  for (let kills = 0; kills < 4; kills++) {
    await setTimeout(300 + 300 * Math.random())
    await redis.kill()
    await redis.start()
  }
  await Promise.all(reported)
  await eventually(async () => {
    await setTimeout(500)
    await redis.elapse(60_000) // the leases of what was being sent when it died
    return yard.recordings(taskIds).every((count) => count > 0)
  })
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a Redis with an evicting policy is refused with a sentence, and used once the policy is noeviction', async () => {
  await using fleet = await openFleet({ options: ['--maxmemory-policy', 'allkeys-lru'] })
  const { yard, redis } = fleet
  const worker = fleet.worker()
  const crawler = await fleet.crawler()
  const taskIds = yard.tasks(3)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await until(() => troubles(crawler).length > 0 && worker.failures.length > 0)
  const sentence = /cannot be used: its maxmemory-policy is allkeys-lru, expected noeviction;/
  expect(troubles(crawler)).toEqual([expect.stringMatching(sentence)])
  expect(worker.failures).toEqual([{ kind: 'outbox', detail: expect.stringMatching(sentence) }])
  expect(await redis.ask((redis) => redis.dbsize())).toBe(0)
  await redis.ask((redis) => redis.config('SET', 'maxmemory-policy', 'noeviction'))
  await until(() => crawler.all('delivery').length === 3)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('if Redis is full, the machine keeps all feedback until there is space', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  const crawler = await fleet.crawler()
  await redis.ask((redis) => redis.config('SET', 'maxmemory', '1'))
  const taskIds = yard.tasks(100)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await until(() => troubles(crawler).length > 0)
  expect(troubles(crawler)).toEqual([expect.stringContaining('OOM command not allowed')])
  await redis.ask((redis) => redis.config('SET', 'maxmemory', '0'))
  fleet.worker()
  await until(() => crawler.all('delivery').length === 100)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('if Redis lost its data, undelivered feedback is handed over again', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  const crawler = await fleet.crawler()
  const taskIds = yard.tasks(10)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await eventually(async () => (await fleet.jobs('prioritized')).length === 10)
  await redis.ask((redis) => redis.flushall())
  fleet.worker()
  await until(() => crawler.all('delivery').length === 10)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a feedback whose worker is killed three times is still delivered', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  yard.sandbox.fault({ kind: 'stall' }, 3)
  const crawler = await fleet.crawler()
  const [taskId = ''] = yard.tasks(1)
  crawler.tell({ kind: 'report', taskIds: [taskId] })
  for (let kills = 1; kills <= 3; kills++) {
    const worker = fleet.workerProcess()
    await until(() => yard.sandbox.requests.length === kills)
    await worker.kill()
    await redis.elapse(60_000) // its lease
  }
  fleet.worker()
  const { delivery } = await until(() => crawler.all('delivery')[0])
  expect(delivery).toEqual({ kind: 'delivered', by: 'recorded', attempts: 4 })
  expect(yard.recordings([taskId])).toEqual([1])
})
