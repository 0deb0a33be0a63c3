/** Wrong options throw at once. Some feedback never leaves its machine. */
import {
  type BullmqOutboxOptions,
  bullmqOutbox,
  type FeedbackWorkerOptions,
  startFeedbackWorker,
} from '@regotcha-feedback/bullmq'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { createMemoryOutbox } from '@regotcha-feedback/core/outbox'
import { expect, test } from 'vitest'
import { systemClock } from '../../packages/core/src/clock.ts'
import { openFleet } from './fleet.ts'

const aConnection = "a URL as 'redis://host:port' or the options of ioredis, without a keyPrefix"

test.each<[object, string]>([
  [{}, `bullmqOutbox: \`connection\`: expected ${aConnection}, got undefined`],
  [{ connection: 'http://user:secret@host' }, `\`connection\`: expected ${aConnection}, got "http://host/…"`],
  [{ connection: { keyPrefix: 'mine' } }, `\`connection\`: expected ${aConnection}, got an Object`],
  [{ connection: 'redis://host', local: 'redis' }, "`local`: expected 'sqlite', 'memory' or { file }, got \"redis\""],
  [{ connection: 'redis://host', pace: {} }, 'unknown option `pace`'],
])('an outbox made with %j is refused in a sentence', (options, sentence) => {
  expect(() => bullmqOutbox(options as BullmqOutboxOptions)).toThrow(sentence)
})

test.each<[object, string]>([
  [{ connection: 6379 }, `startFeedbackWorker: \`connection\`: expected ${aConnection}, got 6379`],
  [{ connection: 'redis://host', dryRun: true }, 'unknown option `dryRun`'],
  [{ connection: 'redis://host' }, '`clientKey`: expected the API key'],
  [{ connection: 'redis://host', clientKey: 'key', pace: 10 }, '`pace`: expected a pace as { perMinute, burst }'],
])('a worker started with %j is refused in a sentence', (options, sentence) => {
  expect(() => startFeedbackWorker(options as FeedbackWorkerOptions)).toThrow(sentence)
})

test('a dry run opens no Redis and no file', async () => {
  const feedback = createRegotchaFeedback({ dryRun: true, outbox: bullmqOutbox({ connection: 'redis://127.0.0.1:1' }) })
  feedback.on('failed', ({ kind }) => expect.unreachable(kind))
  expect(await feedback.report('task', true)).toEqual({ kind: 'not-sent', reason: 'dry-run' })
  await feedback.close()
})

test('held feedback stays on its machine until it is released', async () => {
  await using fleet = await openFleet()
  const outbox = bullmqOutbox({ connection: fleet.redis.url, local: 'memory' })({
    account: 'account',
    clock: systemClock,
    trouble: expect.unreachable,
    openLocal: () => createMemoryOutbox(),
  })
  const claim = () => outbox.claim({ now: Date.now(), lease: 1, limit: 1, pace: { perMinute: 1, burst: 1 } })
  const [decidedAt, expiresAt] = [Date.now(), Date.now() + 3_600_000]
  outbox.hold({ taskId: 'held', valid: false, decidedAt, expiresAt })
  outbox.add({ taskId: 'free', valid: true, decidedAt, expiresAt })
  await claim()
  expect(await fleet.jobs('prioritized')).toEqual(['feedback-free'])
  await outbox.release('held')
  await claim()
  expect(await fleet.jobs('prioritized')).toEqual(['feedback-free', 'feedback-held'])
  await outbox.close()
})
