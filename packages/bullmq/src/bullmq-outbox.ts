import { checkOptions } from '@regotcha-feedback/core/adapter'
import {
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  localOutbox,
  longestWait,
  type OpenOutbox,
  retryInterval,
} from '@regotcha-feedback/core/outbox'
import { z } from 'zod'
import { type Connection, connection } from './connection.ts'
import type { KnownFeedback } from './feedback-queue.ts'
import { createResilientQueue } from './resilient-queue.ts'

export interface BullmqOutboxOptions {
  /** Your Redis: `redis://` or `rediss://`, or the options of ioredis. Its `maxmemory-policy` must be `noeviction`. */
  readonly connection: Connection
  /**
   * Where feedback waits on this machine until a worker has delivered it.
   * Default: the file in the environment variable `REGOTCHA_OUTBOX` (or `memory`), else `'sqlite'`.
   */
  readonly local?: 'sqlite' | 'memory' | { readonly file: string } | undefined
}

const options = z.strictObject({ connection: connection(), local: localOutbox() }, 'an object of options')

/** How many results are asked for at once, so that the crawler is not blocked. */
const batch = 50
/** How long a worker has to report feedback that expires or is being sent, in ms. */
const grace = 60_000
/** Two processes may ask for the same feedback, but one that died must not keep others from asking. */
const lease = 5000
/** Handing over is not sending: the workers apply the pace. */
const anyPace = { perMinute: 1e9, burst: 1e6 }
/** The shortest interval between two questions about one feedback, in ms. */
const soonest = 500

/**
 * An outbox for crawlers on many machines. Redis has the feedback of all of them, and workers deliver it, see
 * `startFeedbackWorker`. The crawler writes to its machine's own outbox. That hands feedback over while Redis can be used,
 * and keeps each one until Redis knows its result. So if Redis is down, slow or emptied, nothing is lost or delayed.
 *
 * @throws {OptionError} naming each wrong option, what was expected and what it got.
 * @example
 * const feedback = createRegotchaFeedback({ outbox: bullmqOutbox({ connection: 'redis://localhost' }) })
 */
export function bullmqOutbox(given: BullmqOutboxOptions): OpenOutbox {
  const { connection, local: place } = checkOptions('bullmqOutbox', options, given)
  return ({ account, clock, trouble, openLocal }) => {
    const local = openLocal(place)
    const queue = createResilientQueue({
      connection,
      account,
      clock,
      trouble: (sentence) => trouble(`${sentence}; feedback is kept on this machine meanwhile`),
    })
    let claiming: Promise<Claimed> | undefined
    let isClosed = false

    /** Hands over what is due, and asks for the results of earlier feedback. This process sends nothing itself. */
    async function handOver({ now }: Claim): Promise<Claimed> {
      const broken: Claimed = { feedback: [], lookAgainAt: now + retryInterval }
      if (!(await queue.use(async () => true))) return broken // before leasing anything
      const { feedback, lookAgainAt } = await local.claim({ now, lease, limit: batch, pace: anyPace })
      if (feedback.length === 0) return { feedback, lookAgainAt }
      const known = await queue.use((queue) => queue.hand(feedback, now))
      if (!known || isClosed) {
        for (const one of feedback) await local.postpone(one, now)
        return broken
      }
      const claimed = await sort(feedback, known)
      return {
        ...claimed,
        lookAgainAt:
          feedback.length === batch ? now : Math.min(lookAgainAt ?? Number.POSITIVE_INFINITY, claimed.lookAgainAt),
      }
    }

    async function sort(feedback: readonly ClaimedFeedback[], known: readonly (KnownFeedback | undefined)[]) {
      const expired: ClaimedFeedback[] = []
      const ended: NonNullable<Claimed['ended']>[number][] = []
      const now = clock.now()
      let lookAgainAt = Number.POSITIVE_INFINITY
      for (const [index, one] of feedback.entries()) {
        const { valid, ending } = known[index] ?? {}
        if (valid === !one.valid) ended.push({ feedback: one, ending: { kind: 'conflict', kept: valid } })
        else if (ending) ended.push({ feedback: one, ending })
        else if (one.expiresAt + grace <= now)
          expired.push(one) // no worker reported it, but its time is over
        else {
          // Feedback that has taken long may take as long again.
          const dueAt = now + Math.round(Math.min(longestWait, Math.max(soonest, (now - one.decidedAt) / 2)))
          await local.postpone(one, dueAt)
          lookAgainAt = Math.min(lookAgainAt, dueAt)
        }
      }
      return { feedback: expired, ended, lookAgainAt }
    }

    return {
      ...local,
      add: (feedback) => local.add(feedback), // without a claim, because this process does not send it
      claim(claim) {
        claiming = handOver(claim)
        return claiming
      },
      async close() {
        isClosed = true
        queue.close()
        await claiming
        await local.close()
      },
    }
  }
}
