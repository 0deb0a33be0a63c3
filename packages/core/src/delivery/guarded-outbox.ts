import type { Clock } from '../clock.ts'
import { createMemoryRows } from './memory-outbox.ts'
import { createOutage, retryInterval } from './outage.ts'
import type { Added, Claimed, ClaimedFeedback, Feedback, Outbox, VerdictCounts } from './outbox.ts'
import { createPause } from './pause.ts'

/** The required methods of an outbox. `note`, `counts` and `subscribe` are optional. */
const methods = [
  'add',
  'hold',
  'held',
  'release',
  'drop',
  'absencesInARow',
  'claim',
  'postpone',
  'settle',
  'pause',
  'pending',
  'oldestDeadline',
  'close',
] as const satisfies readonly (keyof Outbox)[]

export const isOutbox = (value: unknown): value is Outbox =>
  methods.every((method) => typeof (value as Partial<Outbox> | null)?.[method] === 'function')

export const anOutbox = `an outbox, with the methods ${methods.join(', ')}`

/** How long to wait for an answer, in ms, for delivery's calls and for those that a user awaits. */
const patience = 10_000
const patienceOfUsers = 1_000

const consequence = 'feedback is kept in memory meanwhile, and is lost if this process ends before its delivery'

/**
 * Enforces the contract on a user's own outbox. If it throws, rejects, never answers or answers something else, this
 * reports it, memory takes over what the outbox missed, and delivery continues.
 */
export function guardOutbox(own: Outbox, clock: Clock, trouble: (sentence: string) => void): Outbox {
  const outage = createOutage(clock, trouble)
  /** What the outbox missed: feedback, and endings of its own feedback. */
  const untaken = createMemoryRows()
  const pause = createPause()
  /** Methods whose earlier call timed out and is still unanswered. They are not awaited again. */
  const hung = new Set<string>()
  let lastPending = 0

  const fail = (method: string, what: string) => outage.fail(`the outbox’s ${method}() ${what}; ${consequence}`)

  /** The answer of a synchronous method, or `undefined` if it fails. */
  function atOnce<T>(method: string, run: () => T, isRight: (answer: T) => boolean): T | undefined {
    try {
      const answer = run()
      if (isRight(answer)) return answer
      Promise.resolve(answer).catch(() => {}) // a returned promise may reject
      fail(method, 'gave no such answer as the interface has')
    } catch (error) {
      fail(method, `threw: ${messageOf(error)}`)
    }
  }

  async function inTime<T>(
    method: string,
    run: () => T | Promise<T>,
    isRight: (answer: T) => boolean,
    isForUser = false,
  ): Promise<T | undefined> {
    if (hung.has(method)) return
    const wait = isForUser ? patienceOfUsers : patience
    const late = Promise.withResolvers<'late'>()
    const cancel = clock.after(wait, () => late.resolve('late'), { keepAlive: isForUser })
    try {
      const answered = Promise.resolve(run())
      const answer = await Promise.race([answered, late.promise])
      if (answer === 'late') {
        hung.add(method)
        const answers = () => hung.delete(method)
        answered.then(answers, answers)
        fail(method, `did not answer within ${wait / 1000} s`)
      } else if (isRight(answer as T)) return answer as T
      else fail(method, 'gave no such answer as the interface has')
    } catch (error) {
      fail(method, `failed: ${messageOf(error)}`)
    } finally {
      cancel()
    }
  }

  function begin(how: 'add' | 'hold', ...[feedback, claim]: Parameters<Outbox['add']>): Added {
    const known = untaken.get(feedback.taskId)
    if (known) return untaken[how](feedback)
    return atOnce(how, () => own[how](feedback, claim), isAdded) ?? untaken[how](feedback)
  }

  /** Leaves out feedback that has ended but could not be settled: it is settled again. */
  async function unended(feedback: readonly ClaimedFeedback[]): Promise<ClaimedFeedback[]> {
    const open: ClaimedFeedback[] = []
    for (const one of feedback) {
      const { ending } = untaken.get(one.taskId) ?? {}
      if (ending) await inTime('settle', () => own.settle(one, ending), isBoolean)
      else open.push(one)
    }
    return open
  }

  const isUntaken = (taskId: string) => untaken.get(taskId) !== undefined

  return {
    add: (feedback, claim) => begin('add', feedback, claim),
    hold: (feedback) => begin('hold', feedback),
    async held() {
      return [...((await inTime('held', () => own.held(), Array.isArray, true)) ?? []), ...untaken.held()]
    },
    release: async (taskId) =>
      untaken.release(taskId) || ((await inTime('release', () => own.release(taskId), isBoolean)) ?? false),
    drop: async (taskId) =>
      untaken.drop(taskId) || ((await inTime('drop', () => own.drop(taskId), isBoolean)) ?? false),
    absencesInARow: (site, limit) =>
      atOnce('absencesInARow', () => own.absencesInARow(site, limit), Number.isInteger) ??
      untaken.absencesInARow(site, limit),
    note(undecided) {
      atOnce('note', () => own.note?.(undecided), isAnything)
    },
    ...(own.counts && { counts: (filter) => inTime('counts', () => own.counts?.(filter), isCounts, true) }),
    async claim(claim): Promise<Claimed> {
      const { now, limit } = claim
      const pausedUntil = pause.endsAt(now)
      if (pausedUntil !== undefined) return { feedback: [], lookAgainAt: pausedUntil }
      const claimed = await inTime('claim', () => own.claim(claim), isClaimed)
      const feedback = await unended(claimed?.feedback ?? [])
      const room = limit - feedback.length
      const further = room > 0 ? untaken.claim({ ...claim, limit: room }) : { feedback: [], lookAgainAt: now }
      const times = [claimed ? claimed.lookAgainAt : now + retryInterval, further.lookAgainAt]
      const lookAgainAt = Math.min(...times.map((time) => time ?? Number.POSITIVE_INFINITY))
      return {
        feedback: [...feedback, ...further.feedback],
        ...(claimed?.ended && { ended: claimed.ended }),
        lookAgainAt: lookAgainAt === Number.POSITIVE_INFINITY ? undefined : lookAgainAt,
      }
    },
    async postpone(feedback, dueAt) {
      if (isUntaken(feedback.taskId)) untaken.postpone(feedback, dueAt)
      else await inTime('postpone', async () => own.postpone(feedback, dueAt), isAnything)
    },
    async settle(feedback, ending) {
      if (isUntaken(feedback.taskId)) return untaken.settle(feedback, ending)
      const stands = await inTime('settle', () => own.settle(feedback, ending), isBoolean)
      if (stands === undefined) untaken.put({ ...feedback, dueAt: 0, ending })
      return stands ?? true
    },
    async pause(now, until) {
      const paused = await inTime('pause', async () => (await own.pause(now, until)) ?? true, isAnything)
      if (!paused) pause.begin(now, until)
    },
    async pending() {
      lastPending = (await inTime('pending', () => own.pending(), Number.isInteger, true)) ?? lastPending
      return lastPending + untaken.pending()
    },
    async oldestDeadline() {
      const deadlines = [
        await inTime('oldestDeadline', () => own.oldestDeadline(), isTime, true),
        untaken.oldestDeadline(),
      ].filter((deadline) => deadline !== undefined)
      return deadlines.length > 0 ? Math.min(...deadlines) : undefined
    },
    subscribe(listener) {
      const stop = atOnce('subscribe', () => own.subscribe?.(listener) ?? (() => {}), isFunction)
      return () => void atOnce('subscribe', () => stop?.(), isAnything)
    },
    async close() {
      await inTime('close', async () => own.close(), isAnything, true)
    },
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : typeof error)

const isAnything = () => true
const isBoolean = (answer: unknown) => typeof answer === 'boolean'
const isFunction = (answer: unknown) => typeof answer === 'function'
const isTime = (answer: unknown) => answer === undefined || typeof answer === 'number'

const isCounts = (answer: VerdictCounts | undefined) =>
  answer === undefined || [answer.accepted, answer.rejected, answer.undecided].every(Number.isInteger)

const isAdded = ({ kind, valid }: Added & { valid?: boolean }) =>
  kind === 'added' || (kind === 'known' && typeof valid === 'boolean')

const isClaimed = ({ feedback, lookAgainAt }: Claimed) =>
  Array.isArray(feedback) && feedback.every(isFeedback) && isTime(lookAgainAt)

const isFeedback = ({ taskId, valid, decidedAt, expiresAt, attempts }: Feedback & { attempts: number }) =>
  typeof taskId === 'string' &&
  typeof valid === 'boolean' &&
  [decidedAt, expiresAt, attempts].every((value) => typeof value === 'number')
