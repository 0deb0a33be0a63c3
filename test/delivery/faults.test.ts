/** Faults of the API over real HTTP, with an outbox file and a clock that stands still until it is moved. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTCPServer } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import {
  createRegotchaFeedback,
  type Failure,
  type RegotchaFeedback,
  type RegotchaFeedbackOptions,
} from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeEach, expect, test } from 'vitest'
import { until } from '../outbox/crawlers.ts'
import { standingClock } from './standing-clock.ts'

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const hour = 3_600_000

let sandbox: Sandbox
let file: string
let opened: RegotchaFeedback[]
beforeEach(async () => {
  sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  const directory = mkdtempSync(`${tmpdir()}/faults-`)
  file = `${directory}/outbox.sqlite`
  opened = []
  return async () => {
    for (const feedback of opened) void feedback.close({ timeout: 1 })
    await sandbox.close()
    rmSync(directory, { recursive: true })
  }
})

function client(options: RegotchaFeedbackOptions = {}) {
  const pace = { perMinute: 60_000, burst: 1000 }
  const { clientKey, apiURL: baseURL } = sandbox
  const feedback = createRegotchaFeedback({ clientKey, baseURL, outbox: { file }, pace, ...options })
  opened.push(feedback)
  const failures: Failure[] = []
  feedback.on('failed', (failure) => failures.push(failure))
  return { ...feedback, failures }
}

const tasks = (count: number) => Array.from({ length: count }, () => sandbox.issueTask().taskId)

function query<T>(sql: string): T[] {
  using db = new DatabaseSync(file)
  return db.prepare(sql).all() as T[]
}

const pauses = () => query<{ until: number }>('SELECT paused_until AS until FROM gate WHERE paused_until > 0')

test('attempts that failed together in an outage are retried spread over the whole backoff', async () => {
  const clock = standingClock()
  const { report } = client({ clock })
  sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  for (const taskId of tasks(100)) void report(taskId, true)
  const waiting = () =>
    query<{ due: number }>('SELECT due_at AS due FROM outbox').filter(({ due }) => due > 0 && due <= clock.now() + 2000)
  await until(() => waiting().length === 100)
  const quarters = Array.from({ length: 4 }, (_, i) =>
    waiting().filter(({ due }) => Math.min(3, Math.floor((due - clock.now()) / 250)) === i),
  )
  for (const quarter of quarters) expect(quarter.length).toBeGreaterThan(5) // of 25
  // A reset may meet one before it is read; a wait may be so short that it is over.
  expect(sandbox.requests.length).toBeLessThan(110)
})

const jitter = [0, 1000] as const
test.each<[string, readonly [number, number]]>([
  ['2', [2000, 2000]],
  ['a date', [89_000, 90_000]],
  ['0', jitter],
  ['-1', jitter],
  ['soon', jitter],
  ['1000000000', [hour, hour]],
])('429 with Retry-After: %s is one pause for the whole key, an hour at most', async (value, [least, most]) => {
  const clock = standingClock()
  const { report } = client({ clock })
  const retryAfter = value === 'a date' ? new Date(clock.now() + 90_000).toUTCString() : value
  const body = { errorId: 1, errorCode: 'ERROR_RATE_LIMIT', errorDescription: 'Rate limit exceeded' }
  sandbox.fault({ kind: 'status', status: 429, headers: { 'retry-after': retryAfter }, body })
  const [limited = '', ...later] = tasks(6)
  const first = report(limited, true)
  const [pause] = await until(() => pauses().length > 0 && pauses())
  const wait = (pause?.until ?? 0) - clock.now()
  expect(wait).toBeGreaterThanOrEqual(least)
  expect(wait).toBeLessThanOrEqual(most)
  const rest = later.map((taskId) => report(taskId, true))
  if (wait > 0) {
    clock.move(wait - 1)
    await fetch(sandbox.siteURL)
    expect(sandbox.requests).toHaveLength(1)
  }
  clock.move(1)
  await until(() => {
    clock.move(1) // a record may be due a little later than the pause ends
    return sandbox.feedback.length === 6
  })
  const ended = await Promise.all([first, ...rest])
  expect(new Set(ended.map(({ kind }) => kind))).toEqual(new Set(['delivered']))
  expect(sandbox.requests).toHaveLength(7)
})

test('a revoked key is probed, and once it is restored, all kept feedback is delivered', async () => {
  const clock = standingClock()
  const { report, failures } = client({ clock })
  sandbox.revokeKey(sandbox.clientKey)
  const all = Promise.all(tasks(30).map((taskId) => report(taskId, true)))
  await until(() => failures.length > 0)
  const givenBack = () => query(`SELECT 1 FROM outbox WHERE attempts > 0 AND due_at <= ${clock.now()}`)
  await until(() => givenBack().length === sandbox.requests.length)
  const refused = sandbox.requests.length
  expect(refused).toBeLessThanOrEqual(8)
  clock.move(29_999)
  await fetch(sandbox.siteURL)
  expect(sandbox.requests).toHaveLength(refused)
  clock.move(1)
  await until(() => sandbox.requests.length === refused + 1)
  sandbox.addKey(sandbox.clientKey)
  await until(() => {
    clock.move(1000)
    return sandbox.feedback.length === 30
  })
  await until(() => query('SELECT 1 FROM outbox WHERE ending IS NULL').length === 0)
  expect(new Set((await all).map(({ kind }) => kind))).toEqual(new Set(['delivered']))
  expect(failures).toMatchObject([{ kind: 'key-rejected' }])
})

test('an endless answer is cut off early, and retried', async () => {
  let sent = 0
  let isEndless = true
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    if (!isEndless) return response.end('{"errorId":0}')
    isEndless = false
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536
    }
    response.on('drain', flood)
    flood()
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const delivery = await client({ baseURL, attemptTimeout: 45_000 }).report('task', true)
  expect(delivery).toEqual({ kind: 'delivered', by: 'recorded', attempts: 2 })
  expect(sent).toBeLessThan(20_000_000) // the sockets' buffers
  server.closeAllConnections()
  server.close()
})

test('a keep-alive connection that the server has closed costs at most one more attempt', async () => {
  const answer = '{"errorId":0}'
  let requests = 0
  let connections = 0
  const server = createTCPServer((socket) => {
    connections++
    let own = 0
    socket.on('error', () => {})
    socket.on('data', (data) => {
      if (!String(data).endsWith('}')) return // the head alone
      requests++
      if (++own > 1) return socket.destroy() // as if it had closed just before
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
      )
    })
  })
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { report } = client({ baseURL })
  expect(await report('first', true)).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
  await setTimeout(50) // until undici keeps the connection for the next
  expect(await report('second', true)).toEqual({ kind: 'delivered', by: 'recorded', attempts: 2 })
  expect([requests, connections]).toEqual([3, 2])
  server.close()
})
