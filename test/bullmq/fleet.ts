/** Crawlers on several machines, each with its own outbox file, with one Redis and one sandbox. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { type FeedbackWorker, type FeedbackWorkerOptions, startFeedbackWorker } from '@regotcha-feedback/bullmq'
import type { Failure } from '@regotcha-feedback/core'
import { openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { type Crawler, openYard, type Yard } from '../outbox/crawlers.ts'
import { compileCache } from '../setup/compile-cache.ts'
import { prepareRedis, type RedisServer } from './redis.ts'

export interface Fleet extends AsyncDisposable {
  readonly yard: Yard
  readonly redis: RedisServer
  /** A crawler on the machine of that name. */
  crawler(machine?: string): Promise<Crawler>
  /** In this process, without a pace, which would slow down a test. */
  worker(options?: Partial<FeedbackWorkerOptions>): Worker
  /** In its own process, so that it can be killed. */
  workerProcess(): { kill(): Promise<void> }
  /** The jobs in Redis, by their state. */
  jobs(state: 'prioritized' | 'active' | 'delayed' | 'completed' | 'failed'): Promise<string[]>
  /** Runs `regotcha-feedback retry --all` on the machine. */
  revive(machine?: string): void
  /** The feedback in the machine's file. */
  records(machine?: string): { readonly taskId: string; readonly state: string; readonly reason: string | undefined }[]
}

export interface Worker extends FeedbackWorker {
  readonly failures: readonly Failure[]
}

const anyPace = { perMinute: 60_000, burst: 1000 }

/** @param options - of the Redis server, which is started unless `isDown`. */
export async function openFleet({ isDown = false, options = [] as string[] } = {}): Promise<Fleet> {
  const yard = await openYard()
  const redis = await prepareRedis(`${yard.directory}/redis`, options)
  if (!isDown) await redis.start()
  const workers: { close(): Promise<unknown> }[] = []
  const { clientKey, apiURL: baseURL } = yard.sandbox
  const file = (machine = 'machine') => `${yard.directory}/${machine}/outbox.sqlite`
  return {
    yard,
    redis,
    crawler: (machine) => yard.crawler({ redis: redis.url, file: file(machine) }),
    worker(options) {
      const failures: Failure[] = []
      const worker = startFeedbackWorker({ connection: redis.url, clientKey, baseURL, pace: anyPace, ...options })
      worker.on('failed', (failure) => failures.push(failure))
      workers.push(worker)
      return Object.assign(worker, { failures })
    },
    workerProcess() {
      const child = fork(`${import.meta.dirname}/worker.ts`, [redis.url], {
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: compileCache,
          REGOTCHA_CLIENT_KEY: clientKey,
          REGOTCHA_BASE_URL: baseURL,
        },
      })
      const exited = once(child, 'exit')
      async function kill() {
        child.kill('SIGKILL')
        await exited
      }
      workers.push({ close: kill })
      return { kill }
    },
    jobs: (state) =>
      redis.ask(async (redis) => {
        const [key] = await redis.keys(`bull:*:${state}`)
        if (!key) return []
        return state === 'active' ? redis.lrange(key, 0, -1) : redis.zrange(key, 0, '-1')
      }),
    revive(machine) {
      using outbox = openOutboxFile(file(machine))
      for (const dead of outbox.list({ state: 'dead' })) outbox.retry(dead, Date.now())
    },
    records(machine) {
      using outbox = openOutboxFile(file(machine))
      return outbox.list().map(({ taskId, state, reason }) => ({ taskId, state, reason }))
    },
    async [Symbol.asyncDispose]() {
      for (const worker of workers) await worker.close()
      await redis.kill()
      await yard[Symbol.asyncDispose]() // looks for the key in all that Redis and the machines wrote
    },
  }
}

/** Like `until`, for asynchronous conditions. */
export async function eventually(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await setTimeout(50)
}
