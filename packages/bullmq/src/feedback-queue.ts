import { randomUUID } from 'node:crypto'
import type { Claim, Claimed, ClaimedFeedback, Ending, Feedback, ToldEnding } from '@regotcha-feedback/core/outbox'
import { createRedisBackend, Job, Queue, type QueueOptions, type WorkerOptions } from 'bullmq'
import type { Redis } from 'ioredis'

/** The data of a job: never the key, and nothing that the crawler saw. */
type FeedbackData = Pick<Feedback, 'taskId' | 'valid' | 'decidedAt' | 'expiresAt'>

type FeedbackJob = Job<FeedbackData, Ending>

/** What Redis knows about a task: the decision that stands, and its ending, if it has one. */
export interface KnownFeedback {
  readonly valid: boolean
  readonly ending: ToldEnding | undefined
}

/** One open connection. Its methods throw the errors of BullMQ and Redis: the caller handles broken connections. */
export type FeedbackQueue = ReturnType<typeof openFeedbackQueue>

interface Nothing {
  /** The pace is used up, or there is a pause. */
  readonly isLimited: boolean
  readonly lookAgainAt: number
}

/** How often a worker looks for new feedback, and for jobs of workers that died, in ms. */
const idle = 1000

const jobOptions = {
  removeOnComplete: { age: 24 * 60 * 60 }, // in seconds; BullMQ recognises a known job only while it keeps it
  removeOnFail: { age: 30 * 24 * 60 * 60 }, // for inspection, as long as an outbox file keeps its history
  stackTraceLimit: 0,
}

/**
 * The feedback of one API key in BullMQ: a queue for each fingerprint.
 *
 * Jobs are claimed and ended by their locks, as BullMQ's own workers do it, but when core's delivery asks for it. So one
 * policy of attempts, retries and pauses applies to every outbox.
 */
export function openFeedbackQueue(redis: Redis, account: string) {
  /** Options as of BullMQ's workers. BullMQ reads them on every call, and each claim sets its own lease and pace. */
  const settings: QueueOptions & Omit<WorkerOptions, keyof QueueOptions> = {
    connection: redis,
    defaultJobOptions: jobOptions,
    maxStalledCount: Number.MAX_SAFE_INTEGER, // if a worker dies, its jobs must still be sent
    stalledInterval: 100,
  }
  const name = `regotcha-feedback-${account}`
  const backend = createRedisBackend(name, settings)
  const queue = new Queue<FeedbackData, Ending>(name, settings, () => backend)
  queue.on('error', () => {}) // the caller gets a rejection
  /** The job of each feedback claimed here, with the token of its lock. */
  const claimed = new WeakMap<ClaimedFeedback, { readonly job: FeedbackJob; readonly token: string }>()

  const jobsOf = (feedback: readonly Feedback[]) =>
    Promise.all(feedback.map(({ taskId }) => queue.getJob(jobId(taskId))))

  /** Whether a claimed job could be moved. `false` if its lock ran out or another worker moved it since. */
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

  /** Takes the next job, or returns when there may be one. */
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
     * Adds feedback that Redis does not know yet, and returns what Redis then knows of each, in order: `undefined` for
     * expired feedback that it never knew.
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
      const added = await jobsOf(missing) // another machine may have been faster
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

    /** Makes feedback that the API refused permanently pending again, until its 24 hours are over; returns how many. */
    async revive(now: number): Promise<number> {
      const failed: (FeedbackJob | undefined)[] = await queue.getFailed()
      const isDead = (job: FeedbackJob) => endingOf(job)?.kind === 'dead' && job.data.expiresAt > now
      const dead = failed.filter((job) => job !== undefined && isDead(job))
      await Promise.all(dead.map((job) => job?.retry('failed')))
      return dead.length
    },

    /** Never shortens the limiter's current wait, because pause and pace share one number. */
    async pause(now: number, until: number): Promise<void> {
      const limitedFor = await backend.getRateLimitTtl()
      await backend.setRateLimit(Math.max(limitedFor, until - now, 1))
    },

    async pending(): Promise<number> {
      const counts = await backend.getCounts(['wait', 'prioritized', 'delayed', 'active'])
      return counts.reduce((sum, count) => sum + count, 0)
    },

    /** Only of jobs that were never delayed, because delayed jobs are not in that order. */
    async oldestDeadline(): Promise<number | undefined> {
      const [next] = await queue.getJobs(['prioritized'], 0, 0, true)
      return next?.data.expiresAt
    },
  }
}

/**
 * BullMQ accepts neither a number nor a colon as an id. Half of a surrogate pair would throw, and block all jobs
 * behind it.
 */
const jobId = (taskId: string) => `feedback-${encodeURIComponent(taskId.toWellFormed())}`

/** BullMQ's priorities are enough for four years of minutes. On the day they start over, newer feedback goes first. */
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
