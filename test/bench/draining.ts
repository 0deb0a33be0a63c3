/** How feedback gets from the outbox to the API. */
import { setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { feedbackPath } from '@regotcha-feedback/core/wire'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { createFetch } from 'ofetch'
import type { Clock } from '../../packages/core/src/clock.ts'
import { openSqliteFile } from '../../packages/core/src/delivery/sqlite/sqlite-file.ts'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import { alternate, compare, quantile } from './rounds.ts'
import type { Goal, Row } from './table.ts'

const clientKey = 'key'
const pace = { perMinute: 600_000, burst: 10_000 }
const concurrency = 8
const count = 400

export async function draining(rounds: number, directory: string, api: string): Promise<Row[]> {
  let files = 0
  const newFile = () => `${directory}/drain-${files++}`

  /** How many a second leave an outbox that an earlier run left behind. */
  async function drain(baseURL: string): Promise<number> {
    const file = newFile()
    const db = openSqliteFile(file, accountOf(clientKey, baseURL), 1)
    const decidedAt = Date.now()
    db.transaction(() => {
      for (let task = 0; task < count; task++)
        db.add({ taskId: `task_${task}`, valid: true, decidedAt, expiresAt: decidedAt + 80_000_000 })
    })
    db.close()
    const start = performance.now()
    await using feedback = createRegotchaFeedback({ baseURL, clientKey, pace, outbox: { file } })
    const { delivered } = await feedback.flush({ timeout: 60_000 })
    if (delivered !== count) throw new Error(`expected ${count} to be delivered, got ${delivered}`)
    return (count / (performance.now() - start)) * 1000
  }

  /** The same from memory, without more than the requests. */
  async function post(baseURL: string): Promise<number> {
    const { raw } = createFetch({ fetch })
    let task = 0
    async function send(): Promise<void> {
      while (task < count) {
        const body = { clientKey, taskId: `task_${task++}`, result: { valid: true } }
        await raw(baseURL + feedbackPath, { method: 'POST', body, retry: 0 })
      }
    }
    const start = performance.now()
    await Promise.all(Array.from({ length: concurrency }, send))
    return (count / (performance.now() - start)) * 1000
  }

  async function throughput(baseURL: string, answers: string, goals: { alone?: Goal; beside?: Goal }): Promise<Row[]> {
    const samples = await alternate(rounds, {
      ours: () => drain(baseURL),
      bare: () => post(baseURL),
      again: () => post(baseURL),
    })
    const what = `feedback a second, ${concurrency} at a time, ${answers}`
    return [
      { what, unit: '', value: quantile(samples.ours, 0.5), goal: goals.alone },
      { what: `${what}: ours / ofetch`, unit: '', ...compare(samples.ours, samples.bare), goal: goals.beside },
      { what: `${what}: ofetch / ofetch`, unit: '', ...compare(samples.again, samples.bare) },
    ]
  }

  async function withoutFaults(): Promise<Row> {
    await using sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
    const { apiURL: baseURL, clientKey } = sandbox
    await using feedback = createRegotchaFeedback({ baseURL, clientKey, pace, outbox: { file: newFile() } })
    for (let task = 0; task < count; task++) void feedback.report(sandbox.issueTask().taskId, true)
    await feedback.flush({ timeout: 60_000 })
    const value = sandbox.requests.length / sandbox.feedback.length
    return { what: 'requests for each feedback that is recorded, without faults', unit: '', value, goal: { atMost: 1 } }
  }

  async function badKey(): Promise<Row> {
    await using sandbox = await startSandbox()
    sandbox.revokeKey(sandbox.clientKey)
    const { apiURL: baseURL, clientKey } = sandbox
    const { clock, leapTo } = leapingClock()
    const feedback = createRegotchaFeedback({ baseURL, clientKey, pace, clock, outbox: { file: newFile() } })
    feedback.on('failed', () => {})
    for (let task = 0; task < count; task++) void feedback.report(sandbox.issueTask().taskId, true)
    await leapTo(60_000)
    const value = sandbox.requests.length
    const closed = feedback.close()
    await leapTo(120_000)
    await closed
    return {
      what: `requests with a bad key in the first minute, ${count} feedback waiting`,
      unit: '',
      value,
      goal: { atMost: concurrency + 2 },
    }
  }

  async function leaving(): Promise<Row[]> {
    const timeout = 200
    await using sandbox = await startSandbox()
    sandbox.fault({ kind: 'stall' }, Number.POSITIVE_INFINITY)
    const { apiURL: baseURL, clientKey } = sandbox
    const overrun = async (wait: () => Promise<unknown>) => {
      const start = performance.now()
      await wait()
      return performance.now() - start - timeout
    }
    const samples = await alternate(Math.ceil(rounds / 2), {
      ours() {
        const feedback = createRegotchaFeedback({ baseURL, clientKey, pace, outbox: { file: newFile() } })
        for (let task = 0; task < count; task++) void feedback.report(sandbox.issueTask().taskId, true)
        return overrun(() => feedback.close({ timeout }))
      },
      timer: () => overrun(() => setTimeout(timeout)),
    })
    const row = (what: string, values: readonly number[], goal?: Goal): Row => ({
      what,
      unit: 'ms',
      value: Math.max(...values),
      goal,
    })
    return [
      row('overrun of `close({ timeout })`, the API silent: worst of the rounds', samples.ours, { atMost: 50 }),
      row('overrun of a bare timer: worst of the rounds', samples.timer),
    ]
  }

  return [
    await withoutFaults(),
    ...(await throughput(api, 'answered at once', { beside: { atLeast: 0.8 } })),
    ...(await throughput(`${api}/slow`, 'answered after 5 ms', { alone: { atLeast: 1400 } })),
    await badKey(),
    ...(await leaving()),
  ]
}

/** A clock that leaps from timer to timer, leaving what they begin a moment of real time. */
function leapingClock() {
  let now = Date.now()
  const timers = new Set<{ readonly at: number; readonly run: () => void }>()
  const clock: Clock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
  }
  const begin = now
  return {
    clock,
    async leapTo(ms: number) {
      const end = begin + ms
      for (;;) {
        await setTimeout(100)
        const next = [...timers].toSorted((a, b) => a.at - b.at).find(({ at }) => at <= end)
        if (!next) break
        timers.delete(next)
        now = Math.max(now, next.at)
        next.run()
      }
      now = end
    },
  }
}
