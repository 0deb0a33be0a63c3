import {
  balancePath,
  balanceResponse,
  createTaskPath,
  createTaskResponse,
  taskResult,
  taskResultPath,
} from '@regotcha-feedback/core/solver-wire'
import { feedbackPath, feedbackWindow } from '@regotcha-feedback/core/wire'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './index.ts'

let now = 0
let sandbox: Sandbox

beforeEach(async () => {
  now = 1_800_000_000_000
  sandbox = await startSandbox({ now: () => now })
})
afterEach(() => sandbox.close())

const task = { type: 'RecaptchaV2TaskProxyless', websiteURL: 'https://shop.example', websiteKey: 'key' }

async function post(path: string, body: object, clientKey = sandbox.clientKey) {
  const response = await fetch(sandbox.apiURL + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientKey, ...body }),
  })
  return response.json()
}

/** Every answer must be one that the shared schema knows, to the last field. */
async function resultOf(taskId: string, clientKey?: string) {
  const answer = await post(taskResultPath, { taskId }, clientKey)
  expect(taskResult.parse(answer)).toEqual(answer)
  return taskResult.parse(answer)
}

async function create(more: object = {}): Promise<string> {
  const answer = await post(createTaskPath, { task, ...more })
  expect(createTaskResponse.parse(answer)).toEqual({ errorId: 0, taskId: expect.stringMatching(/^task_\w+$/) })
  return answer.taskId
}

async function balance() {
  const answer = balanceResponse.parse(await post(balancePath, {}))
  return 'balance' in answer ? answer.balance : answer
}

/** Polls until the API's own request was answered. */
async function forwarded(forwardRequest: object) {
  const taskId = await create({ forwardRequest })
  const answered = async () => {
    const result = await resultOf(taskId)
    return 'forwardResponse' in result ? result : undefined
  }
  await expect.poll(answered).toBeDefined()
  const { solution, forwardResponse } = (await answered()) ?? expect.fail()
  return { token: solution.gRecaptchaResponse, forwardResponse }
}

describe('a task', () => {
  test('is solved at once by default: the sites accept its token, and the API its feedback', async () => {
    const taskId = await create()
    const result = await resultOf(taskId)
    expect(result).toEqual({ errorId: 0, status: 'ready', solution: { gRecaptchaResponse: expect.any(String) } })
    const captcha = 'solution' in result ? result.solution.gRecaptchaResponse : ''
    await fetch(`${sandbox.url('json')}login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', captcha }),
    })
    expect(sandbox.submissions).toMatchObject([{ token: captcha, accepted: true }])
    expect(await post(feedbackPath, { taskId, result: { valid: true } })).toMatchObject({ errorId: 0 })
  })

  test('is processing for as long as scripted, and has no feedback meanwhile', async () => {
    sandbox.scriptTask({ processing: 15_000 })
    const taskId = await create()
    expect(await resultOf(taskId)).toEqual({ errorId: 0, status: 'processing' })
    now += 14_999
    expect(await resultOf(taskId)).toEqual({ errorId: 0, status: 'processing' })
    expect(await post(feedbackPath, { taskId, result: { valid: true } })).toMatchObject({
      errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
    })
    now += 1
    expect(await resultOf(taskId)).toMatchObject({ status: 'ready' })
    expect(await resultOf(taskId)).toEqual(await resultOf(taskId))
  })

  test('takes feedback for 24 hours from its completion, whenever it is asked for', async () => {
    sandbox.scriptTask({ processing: 60_000 })
    const taskId = await create()
    now += 60_000 + feedbackWindow
    expect(await post(feedbackPath, { taskId, result: { valid: true } })).toMatchObject({
      errorCode: 'ERROR_FEEDBACK_EXPIRED',
    })
  })

  test.each(['ERROR_CAPTCHA_UNSOLVABLE', 'ERROR_TASK_TIMEOUT'] as const)(
    'fails with %s as scripted, and has no feedback',
    async (error) => {
      sandbox.scriptTask({ error, processing: 1 })
      const taskId = await create()
      expect(await resultOf(taskId)).toMatchObject({ status: 'processing' })
      now += 1
      expect(await resultOf(taskId)).toMatchObject({ errorId: 1, errorCode: error })
      expect(await post(feedbackPath, { taskId, result: { valid: true } })).toMatchObject({
        errorCode: 'ERROR_NO_SUCH_CAPCHA_ID',
      })
    },
  )

  test('is unknown to another key, and so is one that was never made', async () => {
    sandbox.addKey('second')
    expect(await resultOf(await create(), 'second')).toMatchObject({ errorCode: 'ERROR_NO_SUCH_TASK' })
    expect(await resultOf('task_unknown')).toMatchObject({ errorCode: 'ERROR_NO_SUCH_TASK' })
  })

  test.each([
    ['no task', { task: undefined }],
    ['a task without a type', { task: { websiteURL: 'https://shop.example' } }],
    ['a forwardRequest without a URL', { forwardRequest: { method: 'POST' } }],
  ])('with %s is invalid', async (_, flaw) => {
    expect(await post(createTaskPath, { task, ...flaw })).toMatchObject({ errorCode: 'ERROR_INVALID_TASK_DATA' })
  })

  test('needs a key that is valid', async () => {
    expect(await post(createTaskPath, { task }, 'unknown')).toMatchObject({ errorCode: 'ERROR_KEY_DOES_NOT_EXIST' })
  })
})

test('scripts are used up in their order, each so many times, unless they are removed', async () => {
  sandbox.scriptTask({ token: 'first' }, 2)
  sandbox.scriptTask({ token: 'removed' }, Number.POSITIVE_INFINITY)()
  sandbox.scriptTask({ token: 'last' })
  const tokens: unknown[] = []
  for (let n = 0; n < 4; n++) {
    const result = await resultOf(await create())
    tokens.push('solution' in result && result.solution.gRecaptchaResponse)
  }
  expect(tokens).toEqual(['first', 'first', 'last', expect.stringMatching(/^03A/)])
})

test('a script that can’t be played is refused', () => {
  expect(() => sandbox.scriptTask({ processing: -1 })).toThrow('scriptTask: `processing`: expected ms from 0, got -1')
  expect(() => sandbox.scriptTask({ error: 'ERROR_NEW' as never })).toThrow(
    'scriptTask: `error`: expected one of ERROR_CAPTCHA_UNSOLVABLE, ERROR_TASK_TIMEOUT, got ERROR_NEW',
  )
  expect(() => sandbox.scriptTask({ valid: 'no' as never })).toThrow(
    'scriptTask: `valid`: expected true or false, got no',
  )
})

test('a solved task costs one credit, a failed one none; without credits there are no tasks', async () => {
  await sandbox.close()
  sandbox = await startSandbox({ credits: 1 })
  sandbox.scriptTask({ error: 'ERROR_CAPTCHA_UNSOLVABLE' })
  await resultOf(await create())
  expect(await balance()).toBe(1)
  await resultOf(await create())
  expect(await balance()).toBe(0)
  expect(await post(createTaskPath, { task })).toMatchObject({ errorCode: 'ERROR_ZERO_BALANCE' })
})

test('all endpoints share the rate limit of a key', async () => {
  const taskId = await create()
  for (let n = 0; n < 9; n++) {
    await create()
    await resultOf(taskId)
    await balance()
  }
  await post(feedbackPath, { taskId, result: { valid: true } })
  await create()
  expect(sandbox.requests.map(({ status }) => status)).toEqual(Array(30).fill(200))
  for (const [path, body] of [
    [createTaskPath, { task }],
    [taskResultPath, { taskId }],
    [balancePath, {}],
    [feedbackPath, { taskId, result: { valid: true } }],
  ] as const)
    expect(await post(path, body)).toMatchObject({ errorCode: 'ERROR_RATE_LIMIT' })
})

test('every request is on the record, and meets the scripted faults', async () => {
  const taskId = await create()
  sandbox.fault({ kind: 'status', status: 200, body: { errorId: 1, errorCode: 'ERROR_NEW' } })
  expect(await post(taskResultPath, { taskId })).toMatchObject({ errorCode: 'ERROR_NEW' })
  expect(sandbox.requests).toEqual([
    { at: now, path: createTaskPath, method: 'POST', status: 200 },
    { at: now, path: taskResultPath, method: 'POST', taskId, status: 200, errorCode: 'ERROR_NEW' },
  ])
})

describe('a forwardRequest', () => {
  test('is sent to the site, with the token in its body; what the site answered is the forwardResponse', async () => {
    const { token, forwardResponse } = await forwarded({
      url: `${sandbox.url('json')}login`,
      body: { username: 'ada', captcha: '{{token}}' },
    })
    expect(sandbox.submissions).toMatchObject([{ site: 'json', token, accepted: true }])
    expect(forwardResponse).toEqual({
      statusCode: 200,
      headers: expect.objectContaining({ 'content-type': 'application/json' }),
      body: '{"success":true}',
      error: null,
    })
  })

  test('may carry the token in its URL or its headers, with another method', async () => {
    const inURL = await forwarded({ url: `${sandbox.url('url')}login?g-recaptcha-response={{token}}`, method: 'GET' })
    const inHeader = await forwarded({ url: `${sandbox.url('header')}login`, headers: { 'x-captcha': '{{token}}' } })
    expect(sandbox.submissions).toMatchObject([
      { site: 'url', token: inURL.token },
      { site: 'header', token: inHeader.token },
    ])
  })

  test('has a redirect for its answer, not what that leads to', async () => {
    const { forwardResponse } = await forwarded({
      url: `${sandbox.url('form')}login`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'g-recaptcha-response={{token}}',
    })
    expect(forwardResponse).toMatchObject({ statusCode: 302, headers: { location: '/form/dashboard' } })
  })

  test.each([
    ['a connection that breaks', () => `${sandbox.url('reset')}login`, /./],
    [
      'a site elsewhere',
      () => 'https://shop.example/login',
      /^the sandbox forwards to its own sites alone, got https:/,
    ],
    ['a URL that is none', () => 'login', /^the sandbox forwards to its own sites alone, got login$/],
  ])('that fails for %s has a sentence for it, and the token is there', async (_, url, error) => {
    const { token, forwardResponse } = await forwarded({ url: url(), body: '{{token}}' })
    expect(token).toMatch(/^03A/)
    expect(forwardResponse).toEqual({ statusCode: 0, headers: {}, body: '', error: expect.stringMatching(error) })
  })

  test('that a site never answers is given up when the sandbox closes', async () => {
    const taskId = await create({ forwardRequest: { url: `${sandbox.url('silent')}login`, body: '{{token}}' } })
    await expect.poll(() => sandbox.submissions.length).toBe(1)
    expect(await resultOf(taskId)).toEqual({ errorId: 0, status: 'processing' })
  })
})
