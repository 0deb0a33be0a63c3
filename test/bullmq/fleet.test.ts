/** All machines share decisions, endings, the pace, and the state of the key. */
import { setTimeout } from 'node:timers/promises'
import { retryDeadLetters } from '@regotcha-feedback/bullmq'
import { expect, test } from 'vitest'
import { systemClock } from '../../packages/core/src/clock.ts'
import { until } from '../outbox/crawlers.ts'
import { eventually, openFleet } from './fleet.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const hour = 3_600_000

test.concurrent('workers deliver the feedback of crawlers on two machines once, and the crawlers get the results', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  fleet.worker()
  fleet.worker()
  const machines = await Promise.all(['a', 'b'].map((name) => fleet.crawler(name)))
  const taskIds = yard.tasks(40)
  for (const [i, crawler] of machines.entries())
    crawler.tell({ kind: 'report', taskIds: taskIds.slice(i * 20, i * 20 + 20) })
  await until(() => machines.every((crawler) => crawler.all('delivery').length === 20))
  expect(machines.flatMap((crawler) => crawler.all('delivery')).map(({ delivery }) => delivery)).toEqual(
    Array(40).fill({ kind: 'delivered', by: 'recorded', attempts: 1 }),
  )
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
  expect(yard.sandbox.requests).toHaveLength(40)
})

test.concurrent('the first decision to reach Redis wins; a different one from another machine is one event', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  const [first, second] = [await fleet.crawler('a'), await fleet.crawler('b')]
  const [taskId = ''] = yard.tasks(1)
  first.tell({ kind: 'report', taskIds: [taskId], valid: true })
  await eventually(async () => (await fleet.jobs('prioritized')).length === 1)
  const { delivery } = await second.ask({ kind: 'report', taskIds: [taskId], valid: false }, 'delivery')
  expect(delivery).toEqual({ kind: 'conflict', kept: true })
  expect(second.all('failed')).toMatchObject([{ failure: { kind: 'conflict', taskId, kept: true } }])
  fleet.worker()
  await until(() => first.all('delivery')[0])
  expect(first.all('failed')).toEqual([])
  expect(yard.sandbox.feedback).toMatchObject([{ taskId, valid: true }])
  expect(fleet.records('b')).toMatchObject([{ taskId, state: 'conflict' }])
})

test.concurrent('the same decision from another machine is not sent again, and both get its result', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  fleet.worker()
  const [first, second] = [await fleet.crawler('a'), await fleet.crawler('b')]
  const taskIds = yard.tasks(1)
  const told = [
    await first.ask({ kind: 'report', taskIds }, 'delivery'),
    await second.ask({ kind: 'report', taskIds }, 'delivery'),
  ]
  expect(told.map(({ delivery }) => delivery)).toEqual(
    Array(2).fill({ kind: 'delivered', by: 'recorded', attempts: 1 }),
  )
  expect(yard.sandbox.requests).toHaveLength(1)
})

test.concurrent('a later run on the machine gets the results for a run that died', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  const crawler = await fleet.crawler()
  const taskIds = yard.tasks(3)
  crawler.tell({ kind: 'report', taskIds })
  await eventually(async () => (await fleet.jobs('prioritized')).length === 3)
  crawler.kill('SIGKILL')
  await crawler.exited
  fleet.worker()
  await until(() => yard.sandbox.feedback.length === 3)
  const next = await fleet.crawler()
  const { report } = await next.ask({ kind: 'flush' }, 'flushed')
  expect(report.pending).toBe(0)
  expect(fleet.records().map(({ state }) => state)).toEqual(['delivered', 'delivered', 'delivered'])
})

test.concurrent('feedback that the API refuses permanently stays in Redis, and the crawler gets the reason', async () => {
  await using fleet = await openFleet()
  const worker = fleet.worker()
  const crawler = await fleet.crawler()
  const { delivery } = await crawler.ask({ kind: 'report', taskIds: ['not:a task'] }, 'delivery')
  const dead = { kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' }
  expect(delivery).toEqual(dead)
  expect(crawler.all('failed')).toMatchObject([{ failure: { ...dead, taskId: 'not:a task' } }])
  expect(worker.failures).toMatchObject([{ ...dead, taskId: 'not:a task' }])
  expect(await fleet.jobs('failed')).toEqual(['feedback-not%3Aa%20task'])
})

test.concurrent('retryDeadLetters() sends a dead letter again, and the machine can get the result', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  const { clientKey, apiURL: baseURL } = yard.sandbox
  const retry = () => retryDeadLetters({ connection: redis.url, clientKey, baseURL })
  fleet.worker()
  const crawler = await fleet.crawler()
  yard.sandbox.fault({ kind: 'status', status: 404 })
  const taskIds = yard.tasks(1)
  const { delivery } = await crawler.ask({ kind: 'report', taskIds }, 'delivery')
  expect(delivery).toEqual({ kind: 'dead', reason: 'HTTP 404' })
  expect(await retry()).toBe(1)
  await until(() => yard.recordings(taskIds)[0] === 1)
  await eventually(async () => (await fleet.jobs('completed')).length === 1)
  expect(await retry()).toBe(0)

  expect(fleet.records()).toMatchObject([{ state: 'dead' }])
  fleet.revive()
  await crawler.ask({ kind: 'flush' }, 'flushed')
  expect(fleet.records()).toMatchObject([{ state: 'delivered' }])
  expect(yard.sandbox.requests).toHaveLength(2)
})

test('retryDeadLetters() rejects if Redis is down, instead of returning 0', async () => {
  const clientKey = 'a key'
  const asking = retryDeadLetters({ connection: 'redis://127.0.0.1:9', clientKey })
  await expect(asking).rejects.toThrow(/^Redis at 127\.0\.0\.1:9 cannot be used: .*ECONNREFUSED/)
  await expect(retryDeadLetters({ connection: 'http://redis', clientKey })).rejects.toThrow(
    /^retryDeadLetters: `connection`: expected a URL as 'redis:/,
  )
})

test.concurrent('feedback that is too old is never sent: it expires once, and the crawler gets an event', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  const crawler = await fleet.crawler()
  fleet.worker({ clock: { ...systemClock, now: () => Date.now() + 24 * hour } })
  const { delivery } = await crawler.ask({ kind: 'report', taskIds: yard.tasks(1) }, 'delivery')
  expect(delivery).toEqual({ kind: 'expired' })
  expect(crawler.all('failed')).toMatchObject([{ failure: { kind: 'expired' } }])
  expect(yard.sandbox.requests).toEqual([])
})

test.concurrent('Redis remembers a completed task for 24 hours, without the key', async () => {
  await using fleet = await openFleet()
  fleet.worker()
  const crawler = await fleet.crawler()
  const [taskId = ''] = fleet.yard.tasks(1)
  await crawler.ask({ kind: 'report', taskIds: [taskId] }, 'delivery')
  const [job] = await fleet.redis.ask(async (redis) => {
    const keys = await redis.keys(`bull:*:feedback-${taskId}`)
    return Promise.all(keys.map((key) => redis.hgetall(key)))
  })
  expect(JSON.parse(job?.opts ?? '')).toMatchObject({ removeOnComplete: { age: 86_400 } })
  expect(Object.keys(JSON.parse(job?.data ?? ''))).toEqual(['taskId', 'valid', 'decidedAt', 'expiresAt'])
})

test.concurrent('all workers share one pace', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  const pace = { perMinute: 0.001, burst: 5 }
  fleet.worker({ pace })
  fleet.worker({ pace })
  const crawler = await fleet.crawler()
  await crawler.ask({ kind: 'report', taskIds: yard.tasks(8) }, 'reported')
  await until(() => yard.sandbox.feedback.length === 5)
  await eventually(async () => (await fleet.jobs('prioritized')).length === 3)
  await fleet.redis.elapse(4999 * 60_000)
  await setTimeout(1200) // each worker looks again
  expect(yard.sandbox.requests).toHaveLength(5)
})

test.concurrent('a rate limit pauses every worker of the key, for as long as the API says', async () => {
  await using fleet = await openFleet()
  const { yard, redis } = fleet
  yard.sandbox.fault({ kind: 'rate-limit', retryAfter: 3600 })
  fleet.worker()
  const crawler = await fleet.crawler()
  await crawler.ask({ kind: 'report', taskIds: yard.tasks(1) }, 'reported')
  const limit = () => redis.ask(async (redis) => redis.pttl((await redis.keys('bull:*:limiter'))[0] ?? ''))
  await eventually(async () => (await limit()) > hour - 60_000)
  await crawler.ask({ kind: 'report', taskIds: yard.tasks(5) }, 'reported')
  fleet.worker()
  await eventually(async () => (await fleet.jobs('prioritized')).length === 6)
  await setTimeout(1200) // each worker looks again
  expect(yard.sandbox.requests).toHaveLength(1)
  await redis.elapse(hour)
  await until(() => yard.sandbox.feedback.length === 6)
})

test.concurrent('if the API refuses the key, all feedback waits until the key is accepted', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  yard.sandbox.revokeKey(yard.sandbox.clientKey)
  const worker = fleet.worker()
  const crawler = await fleet.crawler()
  const taskIds = yard.tasks(20)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await until(() => worker.failures.length > 0)
  await worker.close()
  expect(worker.failures).toMatchObject([{ kind: 'key-rejected' }])
  expect(yard.sandbox.requests.length).toBeLessThanOrEqual(8)
  yard.sandbox.addKey(yard.sandbox.clientKey)
  fleet.worker()
  await until(() => crawler.all('delivery').length === 20)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

test.concurrent('a closed worker returns the jobs that it was sending', async () => {
  await using fleet = await openFleet()
  const { yard } = fleet
  const endStall = yard.sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)
  const worker = fleet.worker()
  const crawler = await fleet.crawler()
  await crawler.ask({ kind: 'report', taskIds: yard.tasks(3) }, 'reported')
  await until(() => yard.sandbox.requests.length === 3)
  await worker.close({ timeout: 50 })
  expect(await fleet.jobs('active')).toEqual([])
  endStall()
  fleet.worker()
  await until(() => crawler.all('delivery').length === 3)
  expect(yard.sandbox.feedback).toHaveLength(3)
})
