/** The client against the API's emulator over real HTTP: every error code and every fault. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createRegotchaFeedback, type RegotchaFeedback, type RegotchaFeedbackOptions } from '@regotcha-feedback/core'
import { type Fault, type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeEach, expect, test } from 'vitest'
import { quickClock } from './quick-clock.ts'

let sandbox: Sandbox
let opened: RegotchaFeedback[]

beforeEach(async () => {
  sandbox = await startSandbox()
  opened = []
  return async () => {
    await Promise.all(opened.map((feedback) => feedback.close({ timeout: 1 })))
    await sandbox.close()
  }
})

function client(options: RegotchaFeedbackOptions = {}) {
  const feedback = createRegotchaFeedback({
    clock: quickClock,
    clientKey: sandbox.clientKey,
    baseURL: sandbox.apiURL,
    ...options,
  })
  opened.push(feedback)
  const failures: object[] = []
  feedback.on('failed', (failure) => failures.push(failure))
  return { ...feedback, failures }
}

const codes = () => sandbox.requests.map(({ status, errorCode }) => errorCode ?? status ?? 'no answer')

test('a feedback is recorded', async () => {
  const { taskId } = sandbox.issueTask()
  expect(await client().report(taskId, true)).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
  expect(sandbox.feedback).toMatchObject([{ taskId, valid: true, clientKey: sandbox.clientKey }])
})

test('feedback that already exists is delivered as `already`, and not sent again', async () => {
  const { taskId } = sandbox.issueTask()
  await client().report(taskId, true)
  const second = client()
  expect(await second.report(taskId, false)).toEqual({ kind: 'delivered', by: 'already', attempts: 1 })
  await second.report(taskId, false)
  expect(codes()).toEqual([200, 'ERROR_FEEDBACK_EXISTS'])
})

test('a task that the API does not know, or that belongs to another key, is dead', async () => {
  sandbox.addKey('another')
  const { taskId } = sandbox.issueTask({ clientKey: 'another' })
  const { report, failures } = client()
  expect(await report(taskId, true)).toMatchObject({ kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' })
  expect(await report('task_nobody_knows', true)).toMatchObject({ kind: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' })
  expect(failures).toHaveLength(2)
})

test('feedback after the API’s 24 hours is expired', async () => {
  let now = Date.now()
  await using aging = await startSandbox({ now: () => now })
  const { taskId } = aging.issueTask()
  now += 24 * 60 * 60 * 1000
  const { report } = client({ clientKey: aging.clientKey, baseURL: aging.apiURL })
  expect(await report(taskId, true)).toEqual({ kind: 'expired' })
})

/** Each fault happens once. If an answer was lost, ERROR_FEEDBACK_EXISTS confirms it. */
test.each<[string, Fault, 'recorded' | 'confirmed']>([
  ['a reset', { kind: 'reset' }, 'recorded'],
  ['an answer lost', { kind: 'reset-after-recording' }, 'confirmed'],
  ['an API that never answers', { kind: 'stall' }, 'recorded'],
  ['a body that stalls', { kind: 'stall-body' }, 'confirmed'],
  ['a body that is cut', { kind: 'truncate' }, 'confirmed'],
  ['503', { kind: 'status', status: 503 }, 'recorded'],
  ['200 with HTML', { kind: 'status', status: 200 }, 'recorded'],
  ['200 with nothing', { kind: 'status', status: 200, body: '' }, 'recorded'],
  ['200 with 10 MB', { kind: 'status', status: 200, body: 'x'.repeat(10_000_000) }, 'recorded'],
  [
    'an unknown code with 500',
    { kind: 'status', status: 500, body: { errorId: 1, errorCode: 'ERROR_NEW' } },
    'recorded',
  ],
  ['a rate limit in a sentence', { kind: 'rate-limit', retryAfter: 1 }, 'recorded'],
  ['a rate limit in a header', { kind: 'rate-limit', retryAfter: 1, in: 'header' }, 'recorded'],
  ['a rate limit in the body', { kind: 'rate-limit', retryAfter: 1, in: 'body', status: 200 }, 'recorded'],
])('%s is tried again', async (_, fault, by) => {
  const { taskId } = sandbox.issueTask()
  sandbox.fault(fault)
  expect(await client({ attemptTimeout: 500 }).report(taskId, false)).toEqual({ kind: 'delivered', by, attempts: 2 })
  expect(sandbox.feedback).toMatchObject([{ taskId, valid: false }])
})

test('an unknown error code is a failure with that code', async () => {
  const { taskId } = sandbox.issueTask()
  sandbox.fault({ kind: 'status', status: 200, body: { errorId: 1, errorCode: 'ERROR_NEW' } })
  expect(await client().report(taskId, true)).toMatchObject({ kind: 'dead', reason: 'ERROR_NEW' })
})

test.each([302, 307] as const)('a %i redirect is not followed, so the key is sent nowhere else', async (status) => {
  const strangers: string[] = []
  const elsewhere = createServer((request, response) => {
    strangers.push(`${request.method} ${request.url}`)
    response.end('{"errorId":0}')
  })
  await new Promise<void>((listening) => void elsewhere.listen(0, '127.0.0.1', listening))
  const { port } = elsewhere.address() as AddressInfo
  sandbox.fault({ kind: 'redirect', status, location: `http://127.0.0.1:${port}/feedbackTask` })
  expect(await client().report(sandbox.issueTask().taskId, true)).toMatchObject({
    kind: 'dead',
    reason: `HTTP ${status}`,
  })
  expect(strangers).toEqual([])
  elsewhere.close()
})

test('a refused key keeps all feedback and causes one event, without the key', async () => {
  sandbox.revokeKey(sandbox.clientKey)
  const { report, flush, failures } = client()
  const tasks = Array.from({ length: 20 }, () => sandbox.issueTask().taskId)
  for (const taskId of tasks) void report(taskId, true)
  expect(await flush({ timeout: 5_000 })).toMatchObject({ delivered: 0, dead: 0, expired: 0, pending: 20 })
  expect(sandbox.requests.length).toBeLessThanOrEqual(8)
  expect(failures).toMatchObject([{ kind: 'key-rejected' }])
  expect(JSON.stringify(failures)).not.toContain(sandbox.clientKey)
})

test('a refused connection is retried until close(), and the feedback stays pending', async () => {
  await sandbox.close()
  const { report, close } = client()
  const delivery = report('task', true)
  expect(await close({ timeout: 100 })).toMatchObject({ pending: 1 })
  expect(await delivery).toEqual({ kind: 'pending' })
})

test('a timeout longer than the longest timer is limited to that', async () => {
  const { report, flush } = client()
  void report(sandbox.issueTask().taskId, true)
  expect(await flush({ timeout: 1e12 })).toMatchObject({ delivered: 1, pending: 0 })
})

test('the deadline holds although an injected fetch ignores its signal', async () => {
  const deaf: typeof fetch = () => new Promise(() => {})
  const { report, close } = client({ fetch: deaf, attemptTimeout: 50 })
  const delivery = report('task', true)
  await close({ timeout: 1_000 })
  expect(await delivery).toEqual({ kind: 'pending' })
})
