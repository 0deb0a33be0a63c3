import {
  createRegotchaFeedback,
  type FlushReport,
  type RegotchaFeedback,
  type RegotchaFeedbackOptions,
} from '@regotcha-feedback/core'
import { checkOptions } from '@regotcha-feedback/core/adapter'
import { createMemoryOutbox, type OpenOutbox, retryInterval } from '@regotcha-feedback/core/outbox'
import { z } from 'zod'
import { type Connection, connection } from './connection.ts'
import { createResilientQueue } from './resilient-queue.ts'

type CoreOptions = Pick<
  RegotchaFeedbackOptions,
  'clientKey' | 'baseURL' | 'pace' | 'attemptTimeout' | 'fetch' | 'clock'
>

export interface FeedbackWorkerOptions extends CoreOptions {
  /** The Redis of the crawlers: `redis://` or `rediss://`, or the options of ioredis. */
  readonly connection: Connection
  /** How fast all workers of the key together may send. Default: 4 a minute, in bursts of 2. */
  readonly pace?: RegotchaFeedbackOptions['pace']
}

export interface FeedbackWorker extends AsyncDisposable {
  /** The events `delivered`, `failed` and `attempt` of this worker. */
  readonly on: RegotchaFeedback['on']
  /** Waits until Redis has nothing left to send for the key, at most `timeout` ms (default: 10,000). */
  readonly flush: RegotchaFeedback['flush']
  /**
   * Stops taking jobs, waits at most `timeout` ms (default: 10,000) for attempts in progress, and returns the other
   * jobs.
   */
  readonly close: RegotchaFeedback['close']
}

const anything = z.unknown().optional()
/** The other options are checked where they are used. */
const options = z.strictObject(
  {
    connection: connection(),
    clientKey: anything,
    baseURL: anything,
    pace: anything,
    attemptTimeout: anything,
    fetch: anything,
    clock: anything,
  },
  'an object of options',
)

/**
 * Delivers the feedback that crawlers with a `bullmqOutbox` and the same key handed over to Redis. The worker keeps its
 * process alive until it is closed. Any number of workers share one pace. If none runs, feedback waits.
 *
 * @throws {OptionError} naming each wrong option, what was expected and what it got.
 * @example
 * const worker = startFeedbackWorker({ connection: 'redis://localhost', clientKey })
 * process.once('SIGTERM', () => worker.close())
 */
export function startFeedbackWorker(given: FeedbackWorkerOptions): FeedbackWorker {
  const { connection } = checkOptions('startFeedbackWorker', options, given)
  const { connection: _, ...ofCore } = given
  const { outbox, stop } = fleetOutbox(connection)
  const feedback = createRegotchaFeedback({ ...ofCore, outbox })
  const alive = setInterval(() => {}, 2 ** 30)

  function close(options?: { readonly timeout?: number | undefined }): Promise<FlushReport> {
    stop()
    clearInterval(alive)
    return feedback.close(options)
  }

  return {
    on: feedback.on,
    flush: feedback.flush,
    close,
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}

/** The feedback of all machines, for delivery only: nothing is decided here. */
export function fleetOutbox(connection: Connection): { readonly outbox: OpenOutbox; stop(): void } {
  let isStopped = false
  return {
    stop() {
      isStopped = true
    },
    outbox({ account, clock, trouble }) {
      const queue = createResilientQueue({
        connection,
        account,
        clock,
        trouble: (sentence) => trouble(`${sentence}; nothing is delivered from there meanwhile`),
      })
      let pending = 0
      return {
        ...createMemoryOutbox(),
        async claim(claim) {
          const nothing = { feedback: [], lookAgainAt: claim.now + retryInterval }
          if (isStopped) return nothing
          return (await queue.use((queue) => queue.claim(claim))) ?? nothing
        },
        async postpone(feedback, dueAt) {
          await queue.use((queue) => queue.postpone(feedback, dueAt)) // otherwise its lease runs out
        },
        async settle(feedback, ending) {
          return (await queue.use((queue) => queue.settle(feedback, ending))) ?? false
        },
        async pause(now, until) {
          await queue.use((queue) => queue.pause(now, until))
        },
        async pending() {
          if (isStopped) return 0
          pending = (await queue.use((queue) => queue.pending())) ?? pending
          return pending
        },
        oldestDeadline: () => queue.use((queue) => queue.oldestDeadline()),
        close: () => queue.close(),
      }
    },
  }
}
