/** What a watched fetch costs: calls on loopback, and memory; and what `judge()` costs. */
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRegotchaFeedback, type RegotchaFeedback } from '@regotcha-feedback/core'
import type { Source } from '@regotcha-feedback/core/adapter'
import { withRegotchaFeedback } from '@regotcha-feedback/http'
import { alternate, compare, quantile } from './rounds.ts'
import { type Goal, markdown, type Row } from './table.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const newToken = () => randomBytes(402).toString('base64url')
const ofStatus = ({ status }: { readonly status: number | undefined }) => status === 200
const ofBody = async ({ json }: { json(): Promise<{ success: boolean }> }) =>
  typeof (await json()).success === 'boolean'

/** A sample is a thousand calls, one after the other, each with its body read. */
async function timed(call: () => Promise<Response>): Promise<Sample> {
  collectGarbage()
  const from = performance.now()
  const before = process.cpuUsage()
  for (let calls = 0; calls < 1000; calls++) await (await call()).text()
  const { user, system } = process.cpuUsage(before)
  return { time: performance.now() - from, cpu: (user + system) / 1000 }
}

/** In ms; CPU times are this process's. */
interface Sample {
  readonly time: number
  readonly cpu: number
}

async function calling(url: string, feedback: RegotchaFeedback, rounds: number): Promise<Row[]> {
  const bare = () => timed(() => fetch(url))
  async function watched(isSettled: boolean) {
    const site = withRegotchaFeedback(fetch, 'task', { token: newToken(), acceptedWhen: ofStatus, feedback })
    if (isSettled) {
      site.feedback.accept()
      await setImmediate()
    }
    const time = await timed(() => site(url))
    site.feedback.stop()
    return time
  }
  const samples = await alternate(rounds, {
    bare,
    again: bare,
    open: () => watched(false),
    settled: () => watched(true),
  })
  return rowsOf('1,000 calls', samples, {
    'bare / bare': ['again'],
    'watched, the token not sent yet / bare': ['open', { atMost: 1.05 }],
    'after the verdict / bare': ['settled', { atMost: 1.05 }],
  })
}

/** Each call submits a token of its own, and has a watch of its own. */
async function submitting(url: string, feedback: RegotchaFeedback, rounds: number): Promise<Row[]> {
  const submission = (captcha: string) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: '', captcha }),
  })
  const login = `${url}login`
  const bare = () => timed(() => fetch(login, submission(newToken())))
  const watched = (acceptedWhen: typeof ofStatus | typeof ofBody) => () =>
    timed(() => {
      const token = newToken()
      return withRegotchaFeedback(fetch, token.slice(0, 16), { token, acceptedWhen, feedback })(
        login,
        submission(token),
      )
    })
  const samples = await alternate(rounds, { bare, again: bare, byStatus: watched(ofStatus), byBody: watched(ofBody) })
  return rowsOf('1,000 submissions', samples, {
    'bare / bare': ['again'],
    'judged by status / bare': ['byStatus'],
    'judged by JSON body / bare': ['byBody'],
  })
}

function rowsOf<Variant extends string>(
  name: string,
  samples: Readonly<Record<Variant | 'bare', readonly Sample[]>>,
  rows: Readonly<Record<string, readonly [ours: Variant, goal?: Goal]>>,
): Row[] {
  return (['time', 'cpu'] as const).flatMap((measure) => {
    const of = (variant: Variant | 'bare') => samples[variant].map((sample) => sample[measure])
    return Object.entries(rows).map(([what, [ours, goal]]) => ({
      what: `${measure === 'cpu' ? 'CPU of ' : ''}${name}: ${what}`,
      unit: 'ms',
      ...compare(of(ours), of('bare')),
      goal: measure === 'time' ? goal : undefined,
    }))
  })
}

/** A thousandth of what 1,000 hold that nobody has called, the watch of each included; and of 1,000 watches alone. */
async function holding(feedback: RegotchaFeedback): Promise<Row[]> {
  const options = () => ({ token: newToken(), acceptedWhen: ofStatus, feedback })
  const used = async () => {
    await setImmediate()
    collectGarbage()
    return process.memoryUsage().heapUsed / 1024
  }
  async function each(arm: () => unknown): Promise<number> {
    for (let warm = 0; warm < 1000; warm++) arm()
    const before = await used()
    const kept = Array.from({ length: 1000 }, arm)
    return ((await used()) - before) / kept.length
  }
  const inert = (): Source => ({ page: {}, url: () => '', observe: () => () => {} })
  const whole = await each(() => withRegotchaFeedback(fetch, 'task', options()))
  const watch = await each(() => {
    const { feedback: by, ...rest } = options()
    return by.watch(inert(), 'task', rest)
  })
  return [
    { what: 'heap of a watched fetch, with its watch', unit: 'KiB', value: whole },
    { what: 'heap of a watched fetch, beyond its watch', unit: 'KiB', value: whole - watch, goal: { atMost: 2 } },
  ]
}

/** In µs a call: a status judged with both predicates given, and that same verdict reported. Nothing is sent. */
async function judging(feedback: RegotchaFeedback, rounds: number): Promise<Row[]> {
  const answer = new Response('{"success":true}', { headers: { 'content-type': 'application/json' } })
  const predicates = {
    acceptedWhen: ofStatus,
    rejectedWhen: ({ status }: Parameters<typeof ofStatus>[0]) => status === 403,
  }
  async function each(decide: (taskId: string) => Promise<unknown>): Promise<number> {
    collectGarbage()
    const from = performance.now()
    for (let calls = 0; calls < 1000; calls++) await decide(`task_${calls}`)
    return performance.now() - from
  }
  const report = () => each((taskId) => feedback.report(taskId, true))
  const judge = () => each((taskId) => feedback.judge(taskId, answer, predicates).delivery)
  const samples = await alternate(rounds, { report, again: report, judge })
  const beyond = (ours: readonly number[]) => {
    const beyond = ours.map((time, round) => time - (samples.report[round] ?? Number.NaN))
    const [value, low, high] = [0.5, 0.25, 0.75].map((share) => quantile(beyond, share))
    return { unit: 'µs', value: value ?? Number.NaN, middle: `${low?.toFixed(1)} – ${high?.toFixed(1)}` }
  }
  const rows = { again: beyond(samples.again), judge: beyond(samples.judge) }
  return [
    { what: `\`report()\`, beyond \`report()\` (middle half ${rows.again.middle} µs)`, ...rows.again },
    {
      what: `\`judge()\` of a status, beyond \`report()\` (middle half ${rows.judge.middle} µs)`,
      ...rows.judge,
      goal: { atMost: 50 },
    },
  ]
}

export async function benchHttp(rounds: number): Promise<string> {
  const sandbox = fork(`${import.meta.dirname}/sandbox.ts`)
  const [{ url }] = await once(sandbox, 'message')
  const feedback = createRegotchaFeedback({ dryRun: true })
  const rows = [...(await holding(feedback)), ...(await calling(url, feedback, rounds))]
  rows.push(...(await submitting(url, feedback, rounds)), ...(await judging(feedback, rounds)))
  await feedback.close()
  sandbox.disconnect()
  return markdown(rows)
}
