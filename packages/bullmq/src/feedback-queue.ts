import { randomUUID } from 'node:crypto'
import type { Claim, Claimed, ClaimedFeedback, Ending, Feedback, ToldEnding } from '@regotcha-feedback/core/outbox'
import { createRedisBackend, Job, Queue, type QueueOptions, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'

/** What a job holds: never the key, nor what the crawler saw. */
type FeedbackData = Pick<Feedback, 'taskId' | 'valid' | 'decidedAt' | 'expiresAt'>

type FeedbackJob = Job<FeedbackData, Ending>

/** What Redis knows of a task: whose decision stands, and how it ended if it did. */
export interface KnownFeedback {
  readonly valid: boolean
  readonly ending: ToldEnding | undefined
}

/** One open connection. Its methods throw what BullMQ and Redis throw: broken connections are their caller's business. */
export type FeedbackQueue = ReturnType<typeof openFeedbackQueue>

interface Nothing {
  /** The pace is spent, or there is a pause. */
  readonly isLimited: boolean
  readonly lookAgainAt: number
}

/** How soon a worker looks again, in ms: for what crawlers handed over, and for what other workers died of. */
const idle = 1000

const jobOptions = {
  removeOnComplete: { age: 24 * 60 * 60 }, // in seconds; BullMQ knows a job from a new one for as long as it keeps it
  removeOnFail: { age: 30 * 24 * 60 * 60 }, // to be looked at, and as long as an outbox file remembers
  stackTraceLimit: 0,
}

/**
 * The feedback of one API key in BullMQ: a queue for each fingerprint.
 *
 * A job is claimed and ended here as BullMQ's own workers do it, by its lock, but when core's delivery asks for it: so one
 * policy of attempts, retries and pauses holds for every outbox.
 */
export function openFeedbackQueue(redis: Redis, account: string) {
  /** BullMQ's workers have them too; it reads them at every call, and each claim brings its own lease and pace. */
  const settings: QueueOptions & Omit<WorkerOptions, keyof QueueOptions> = {
    connection: redis,
    defaultJobOptions: jobOptions,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // that a worker died is no reason to give up what it was sending
    stalledInterval: 100,
  }
  const name = `regotcha-feedback-${account}`
  const backend = createRedisBackend(name, settings)
  const queue = new Queue<FeedbackData, Ending>(name, settings, () => backend)
  queue.on('error', () => {}) // whoever called is told by a rejection
  /** The job behind each feedback that was claimed here, with the token of its lock. */
  const claimed = new WeakMap<ClaimedFeedback, { readonly job: FeedbackJob; readonly token: string }>()

  const jobsOf = (feedback: readonly Feedback[]) =>
    Promise.all(feedback.map(({ taskId }) => queue.getJob(jobId(taskId))))

  /** Whether a claimed job could be moved: not if its lock ran out, and not if another moved it since. */
  async function ifStillOurs(feedback: ClaimedFeedback, move: (job: FeedbackJob, token: string) => Promise<unknown>) {
    const { job, token = '' } = claimed.get(feedback) ?? {}
    if (!job) return false
    try {
      await move(job, token)
      return true
    } catch (error) {
      if (Number((error as { code?: unknown }).code) < 0) return false // one of BullMQ's answers, not a failure
      throw error
    }
  }

  /** Takes the next job, or tells when there may be one. */
  async function take(now: number): Promise<ClaimedFeedback | Nothing> {
    const token = randomUUID()
    const [json, id, limitedFor = 0, delayedUntil = 0] = await backend.moveToActive(token)
    if (!json) {
      const isLimited = limitedFor > 0
      const dueAt = isLimited ? now + limitedFor : delayedUntil || Number.POSITIVE_INFINITY
      return { isLimited, lookAgainAt: Math.min(dueAt, now + idle) }
    }
    const job: FeedbackJob = Job.fromJSON(queue, json, id)
    const feedback = { ...job.data, attempts: job.attemptsStarted }
    claimed.set(feedback, { job, token })
    return feedback
  }

  return {
    /**
     * Adds what Redis does not know yet, and returns what it then knows of each, in order; nothing of an expired one that
     * it never knew.
     */
    async hand(feedback: readonly Feedback[], now: number): Promise<(KnownFeedback | undefined)[]> {
      const known = await jobsOf(feedback)
      const missing: Feedback[] = []
      for (const [index, one] of feedback.entries()) {
        const job = known[index]
        const isOld = job?.finishedOn !== undefined && job.data.expiresAt <= one.decidedAt
        if (job && !isOld) continue
        await job?.remove()
        known[index] = undefined
        if (one.expiresAt > now) missing.push(one)
      }
      if (missing.length > 0) await queue.addBulk(missing.map(jobFor))
      const added = await jobsOf(missing) // another machine may have been first
      return feedback.map((one, index) => {
        const place = missing.indexOf(one)
        const job = place < 0 ? known[index] : added[place]
        return job && { valid: job.data.valid, ending: endingOf(job) }
      })
    },

    async claim({ now, lease, limit, pace }: Claim): Promise<Claimed> {
      settings.lockDuration = lease
      const max = Math.floor(pace.burst)
      settings.limiter = { max, duration: (max / pace.perMinute) * 60_000 }
      const feedback: ClaimedFeedback[] = []
      for (;;) {
        const next = feedback.length < limit ? await take(now) : undefined
        if (next && 'taskId' in next) {
          feedback.push(next)
          continue
        }
        const rescued = await backend.moveStalledJobsToWait()
        if (next && !next.isLimited && rescued.length > 0) continue
        return { feedback: feedback.sort(byDeadline), lookAgainAt: next?.lookAgainAt ?? now }
      }
    },

    postpone: (feedback: ClaimedFeedback, dueAt: number) => {
      return ifStillOurs(feedback, (job, token) => job.moveToDelayed(dueAt, token))
    },

    settle: (feedback: ClaimedFeedback, ending: Ending) => {
      return ifStillOurs(feedback, (job, token) => {
        if (ending.kind === 'delivered') return job.moveToCompleted(ending, token, false)
        return job.moveToFailed(new Error(ending.kind === 'dead' ? ending.reason : ending.kind), token)
      })
    },

    /** Has what the API refused for good claimed again, as long as it may be sent; returns how many. */
    async revive(now: number): Promise<number> {
      const failed: (FeedbackJob | undefined)[] = await queue.getFailed()
      const isDead = (job: FeedbackJob) => endingOf(job)?.kind === 'dead' && job.data.expiresAt > now
      const dead = failed.filter((job) => job !== undefined && isDead(job))
      await Promise.all(dead.map((job) => job?.retry('failed')))
      return dead.length
    },

    /** Not for less than the limiter is at: it is one number for both. */
    async pause(now: number, until: number): Promise<void> {
      const limitedFor = await backend.getRateLimitTtl()
      await backend.setRateLimit(Math.max(limitedFor, until - now, 1))
    },

    async pending(): Promise<number> {
      const counts = await backend.getCounts(['wait', 'prioritized', 'delayed', 'active'])
      return counts.reduce((sum, count) => sum + count, 0)
    },

    /** Of what never had to wait: the others are not in that order. */
    async oldestDeadline(): Promise<number | undefined> {
      const [next] = await queue.getJobs(['prioritized'], 0, 0, true)
      return next?.data.expiresAt
    },
  }
}

/** BullMQ takes neither a number nor a colon; half of a surrogate pair would be thrown at us, and block all behind it. */
const jobId = (taskId: string) => `feedback-${encodeURIComponent(taskId.toWellFormed())}`

/** The numbers that BullMQ has for priorities end after four years of minutes; that day, newer feedback goes first. */
const mostPriorities = 2 ** 21 - 1

const jobFor = ({ taskId, valid, decidedAt, expiresAt }: Feedback) => ({
  name: valid ? 'accepted' : 'rejected',
  data: { taskId, valid, decidedAt, expiresAt },
  opts: { jobId: jobId(taskId), priority: 1 + (Math.floor(expiresAt / 60_000) % mostPriorities) },
})

function endingOf({ finishedOn, failedReason, returnvalue }: FeedbackJob): ToldEnding | undefined {
  if (finishedOn === undefined) return undefined
  if (!failedReason) return returnvalue as ToldEnding
  return failedReason === 'expired' ? { kind: 'expired' } : { kind: 'dead', reason: failedReason }
}

const byDeadline = (a: ClaimedFeedback, b: ClaimedFeedback) => a.expiresAt - b.expiresAt
