/** The contract of every outbox, for feedback that a crawler adds and a worker claims. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { bullmqOutbox } from '@regotcha-feedback/bullmq'
import { type ClaimedFeedback, createMemoryOutbox, type Feedback, type Outbox } from '@regotcha-feedback/core/outbox'
import { afterAll, beforeAll, expect, vi } from 'vitest'
import { fleetOutbox } from '../../packages/bullmq/src/feedback-worker.ts'
import { systemClock } from '../../packages/core/src/clock.ts'
import { describeOutbox } from '../outbox/behaviour.ts'
import { prepareRedis, type RedisServer } from './redis.ts'

const directory = mkdtempSync(`${tmpdir()}/redis-`)
let redis: RedisServer
beforeAll(async () => {
  redis = await prepareRedis(directory)
  await redis.start()
})
afterAll(async () => {
  await redis.kill()
  rmSync(directory, { recursive: true })
})

/** A ms of the suite is a second here, so that the real time of a round trip to Redis does not matter. */
const scale = 1000

const scaled = <F extends Feedback>(feedback: F, by: number): F => ({
  ...feedback,
  decidedAt: feedback.decidedAt * by,
  expiresAt: feedback.expiresAt * by,
})

/** Moves our clock to a time, and Redis's countdowns by the same amount. */
async function moveTo(time: number): Promise<void> {
  const passed = time * scale - Date.now()
  vi.setSystemTime(time * scale)
  await redis.elapse(passed)
}

/** A crawler and a worker as one outbox: the crawler decides, the worker drains. */
async function open() {
  vi.useFakeTimers({ toFake: ['Date'], now: 1000 * scale })
  await redis.ask((redis) => redis.flushall())
  const setting = {
    account: 'account',
    clock: systemClock,
    trouble: expect.unreachable,
    openLocal: () => createMemoryOutbox(),
  }
  const crawler = bullmqOutbox({ connection: redis.url, local: 'memory' })(setting)
  const worker = fleetOutbox(redis.url).outbox(setting)
  /** The claimed feedback, as the worker knows it. */
  const origins = new WeakMap<ClaimedFeedback, { readonly feedback: ClaimedFeedback; readonly by: Outbox }>()

  const claimedBy = (by: Outbox) => (feedback: ClaimedFeedback) => {
    const known = scaled(feedback, 1 / scale)
    origins.set(known, { feedback, by })
    return known
  }

  const originOf = (known: ClaimedFeedback) => origins.get(known) ?? expect.unreachable()

  const outbox: Outbox = {
    ...crawler,
    add: (feedback) => crawler.add(scaled(feedback, scale)),
    hold: (feedback) => crawler.hold(scaled(feedback, scale)),
    held: async () => (await crawler.held()).map((feedback) => scaled(feedback, 1 / scale)),
    async claim({ now, lease, limit, pace }) {
      await moveTo(now)
      const claim = {
        now: now * scale,
        lease: lease * scale,
        limit,
        pace: { ...pace, perMinute: pace.perMinute / scale },
      }
      const expired = await crawler.claim(claim)
      const { feedback, lookAgainAt = 0 } = await worker.claim(claim)
      return {
        feedback: [...expired.feedback.map(claimedBy(crawler)), ...feedback.map(claimedBy(worker))],
        lookAgainAt: Math.round(lookAgainAt / scale),
      }
    },
    async postpone(known, dueAt) {
      const { feedback, by } = originOf(known)
      await by.postpone(feedback, dueAt * scale)
    },
    async settle(known, ending) {
      const { feedback, by } = originOf(known)
      if (!(await by.settle(feedback, ending))) return false
      await crawler.settle(feedback, ending) // who would hear of it when it asks again
      return true
    },
    pause: (now, until) => worker.pause(now * scale, until * scale),
    oldestDeadline: async () => {
      const deadline = await crawler.oldestDeadline()
      return deadline && deadline / scale
    },
    async close() {
      await crawler.close()
      await worker.close()
    },
  }
  return { outbox, clear: () => vi.useRealTimers() }
}

describeOutbox('BullMQ', open, { ownTime: true, looksOften: true, windows: true })
