import type { Clock } from '@regotcha-feedback/core'
import { createOutage } from '@regotcha-feedback/core/outbox'
import { Redis, type RedisOptions } from 'ioredis'
import type { Connection } from './connection.ts'
import { type FeedbackQueue, openFeedbackQueue } from './feedback-queue.ts'

export interface ResilientQueueOptions {
  readonly connection: Connection
  readonly account: string
  readonly clock: Clock
  /** Called with a sentence when Redis fails, and again only after a minute without failure. */
  readonly trouble: (sentence: string) => void
}

/** The timeout for connecting, and for one command, in ms. */
const timeLimit = 2000

/** The queue while Redis can be used: connects on demand, and again after each failure. */
export function createResilientQueue({ connection, account, clock, trouble }: ResilientQueueOptions) {
  let opened: ReturnType<typeof open> | undefined
  const outage = createOutage(clock, trouble)
  let isClosed = false
  let running = 0

  /** Returns the result of `run`, or `undefined` if Redis can't be used. Keeps the process alive only while it runs. */
  async function use<T>(run: (queue: FeedbackQueue) => Promise<T>): Promise<T | undefined> {
    if (isClosed || !outage.mayRetry()) return
    opened ??= open()
    const { redis, ready } = opened
    running++
    try {
      const queue = await ready
      redis.stream.ref()
      const result = await run(queue)
      outage.end()
      return result
    } catch (error) {
      if (opened?.redis === redis) breakDown(error)
      return
    } finally {
      if (--running === 0 && opened?.redis === redis) redis.stream.unref()
    }
  }

  function open() {
    const redis = connect(connection)
    let failure: unknown // ioredis itself only rejects with "Connection is closed"
    redis.on('error', (error) => {
      failure = error
    })
    const prepare = async () => {
      await redis.connect().catch((error) => {
        throw failure ?? error
      })
      checkPolicy(await redis.info('memory'))
      redis.once('end', () => {
        if (opened?.redis === redis) opened = undefined
      })
      return openFeedbackQueue(redis, account)
    }
    return { redis, ready: prepare() }
  }

  function disconnect(): void {
    const before = opened
    opened = undefined
    before?.redis.disconnect() // rejects commands in progress
  }

  function breakDown(error: unknown): void {
    disconnect()
    outage.fail(`Redis at ${addressOf(connection)} cannot be used: ${reasonOf(error)}`)
  }

  return {
    use,
    close(): void {
      isClosed = true
      disconnect()
    },
  }
}

/** Connects once, or fails: retries are decided here, not by ioredis. */
function connect(connection: Connection): Redis {
  const options: RedisOptions & { readonly replyMapping: 'legacy' } = {
    ...(typeof connection !== 'string' && connection),
    lazyConnect: true,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false, // a Redis that is loading its data refuses commands; waiting for it could take any time
    connectTimeout: timeLimit,
    commandTimeout: timeLimit,
    disconnectTimeout: 100,
    replyMapping: 'legacy', // BullMQ's
  }
  return typeof connection === 'string' ? new Redis(connection, options) : new Redis(options)
}

/** A policy that evicts would drop undelivered feedback. */
function checkPolicy(info: string): void {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction'
  if (policy !== 'noeviction') throw new Error(`its maxmemory-policy is ${policy}, expected noeviction`)
}

function addressOf(connection: Connection): string {
  if (typeof connection === 'string') return URL.parse(connection)?.host || 'localhost'
  return connection.path ?? `${connection.host ?? 'localhost'}:${connection.port ?? 6379}`
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error) // an AggregateError, for a host with several addresses, has no message
}
