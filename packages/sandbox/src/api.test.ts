import { feedbackPath, feedbackResponse, feedbackWindow } from '@regotcha-feedback/core/wire'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, startSandbox } from './index.ts'

let now = 0
let sandbox: Sandbox

beforeEach(async () => {
  now = 1_800_000_000_000
  sandbox = await startSandbox({ now: () => now, rateLimit: { requests: 5, window: 60_000 } })
})
afterEach(() => sandbox.close())

const json = { 'content-type': 'application/json' }

const post = (body: unknown, headers: Record<string, string> = json) =>
  fetch(sandbox.apiURL + feedbackPath, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

/** What the API says; every answer must be one that the client's schema knows, to the last field. */
async function say(body: unknown, headers?: Record<string, string>) {
  const response = await post(body, headers)
  const answer: unknown = await response.json()
  expect(feedbackResponse.parse(answer)).toEqual(answer)
  return { status: response.status, ...feedbackResponse.parse(answer) }
}

const feedbackOf = (taskId: string, valid: unknown = true, clientKey = sandbox.clientKey) => ({
  clientKey,
  taskId,
  result: { valid },
})

describe('a feedback', () => {
  test.each([
    [true, 'Feedback recorded: token valid'],
    [false, 'Feedback recorded: token invalid'],
  ])('of valid: %s is recorded, and told so', async (valid, message) => {
    const { taskId } = sandbox.issueTask()
    expect(await say(feedbackOf(taskId, valid))).toEqual({ status: 200, errorId: 0, message })
    expect(sandbox.feedback).toEqual([{ taskId, valid, at: now, clientKey: sandbox.clientKey }])
  })

  test('may come from any key that was added, for that key’s tasks', async () => {
    sandbox.addKey('second')
    const { taskId } = sandbox.issueTask({ clientKey: 'second' })
    expect(await say(feedbackOf(taskId, true, 'second'))).toMatchObject({ errorId: 0 })
    expect(sandbox.feedback).toMatchObject([{ taskId, clientKey: 'second' }])
  })

  test('can be given once, for ever, whatever the second says', async () => {
    const { taskId } = sandbox.issueTask()
    await say(feedbackOf(taskId, true))
    expect(await say(feedbackOf(taskId, true))).toMatchObject({ status: 200, errorCode: 'ERROR_FEEDBACK_EXISTS' })
    expect(await say(feedbackOf(taskId, false))).toMatchObject({ errorCode: 'ERROR_FEEDBACK_EXISTS' })
    now += 2 * feedbackWindow
    expect(await say(feedbackOf(taskId, false))).toMatchObject({ errorCode: 'ERROR_FEEDBACK_EXISTS' })
    expect(sandbox.feedback).toMatchObject([{ valid: true }])
  })

  test('is taken until 24 hours after the task’s completion, and not from then on', async () => {
    const early = sandbox.issueTask()
    const late = sandbox.issueTask()
    now += feedbackWindow - 1
    expect(await say(feedbackOf(early.taskId))).toMatchObject({ errorId: 0 })
    now += 1
    expect(await say(feedbackOf(late.taskId))).toMatchObject({ status: 200, errorCode: 'ERROR_FEEDBACK_EXPIRED' })
    expect(sandbox.feedback).toMatchObject([{ taskId: early.taskId }])
  })
})

describe('a request is refused', () => {
  test.each([
    ['result.valid is a string', { result: { valid: 'true' } }],
    ['result.valid is missing', { result: {} }],
    ['result says invalid, as other vendors have it', { result: { invalid: false } }],
    ['result is missing', { result: undefined }],
    ['taskId is missing', { taskId: undefined }],
  ])('as invalid data when %s', async (_, flaw) => {
    const { taskId } = sandbox.issueTask()
    expect(await say({ ...feedbackOf(taskId), ...flaw })).toMatchObject({
      status: 200,
      errorCode: 'ERROR_INVALID_TASK_DATA',
    })
    expect(sandbox.feedback).toEqual([])
  })

  test.each([
    ['not JSON', '{"clientKey":', json],
    ['not declared as JSON', JSON.stringify({ clientKey: 'any' }), { 'content-type': 'text/plain' }],
    ['empty', '', json],
  ])('as invalid data when its body is %s', async (_, body, headers) => {
    expect(await say(body, headers)).toMatchObject({ status: 200, errorCode: 'ERROR_INVALID_TASK_DATA' })
  })

  test('as invalid data when its body is larger than any feedback', async () => {
    const { taskId } = sandbox.issueTask()
    const padding = 'x'.repeat(2 * 1024 * 1024)
    expect(await say({ padding, ...feedbackOf(taskId) })).toMatchObject({ errorCode: 'ERROR_INVALID_TASK_DATA' })
  })

  test.each([
    ['unknown', { clientKey: 'unknown' }],
    ['empty', { clientKey: '' }],
    ['missing', { clientKey: undefined }],
  ])('before anything else when its key is %s', async (_, flaw) => {
    expect(await say({ ...feedbackOf('task_unknown', 'neither'), ...flaw })).toMatchObject({
      status: 200,
      errorCode: 'ERROR_KEY_DOES_NOT_EXIST',
    })
  })

  test('while its key is revoked', async () => {
    const { taskId } = sandbox.issueTask()
    sandbox.revokeKey(sandbox.clientKey)
    expect(await say(feedbackOf(taskId))).toMatchObject({ errorCode: 'ERROR_KEY_DOES_NOT_EXIST' })
    sandbox.addKey(sandbox.clientKey)
    expect(await say(feedbackOf(taskId))).toMatchObject({ errorId: 0 })
  })

  test('when its task is unknown or another key’s', async () => {
    sandbox.addKey('second')
    const { taskId } = sandbox.issueTask({ clientKey: 'second' })
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({ status: 200, errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })
    expect(await say(feedbackOf(taskId))).toMatchObject({ errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })
    expect(sandbox.feedback).toEqual([])
  })
})

describe('the rate limit', () => {
  const spend = async (requests: number) => {
    for (let sent = 0; sent < requests; sent++) await say(feedbackOf('task_unknown'))
  }

  test('counts a key’s requests, whatever their answers, and says how long to wait', async () => {
    const { taskId } = sandbox.issueTask()
    await spend(5)
    now += 45_000
    expect(await say(feedbackOf(taskId))).toEqual({
      status: 429,
      errorId: 1,
      errorCode: 'ERROR_RATE_LIMIT',
      errorDescription: 'Rate limit exceeded. Retry after 15 seconds',
    })
    expect(sandbox.feedback).toEqual([])
  })

  test('lets a key through after the time it told', async () => {
    await spend(6)
    now += 59_999
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({
      errorDescription: 'Rate limit exceeded. Retry after 1 seconds',
    })
    now += 1
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({ errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })
  })

  test('slides: a window starts nowhere', async () => {
    await spend(1)
    now += 50_000
    await spend(4)
    now += 10_000
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({ errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({
      errorDescription: 'Rate limit exceeded. Retry after 50 seconds',
    })
  })

  test('counts refused requests too: who hammers stays limited', async () => {
    await spend(5)
    now += 30_000
    await spend(5)
    now += 30_000
    expect(await say(feedbackOf('task_unknown'))).toMatchObject({ errorCode: 'ERROR_RATE_LIMIT' })
  })

  test('is each key’s own', async () => {
    sandbox.addKey('second')
    const { taskId } = sandbox.issueTask({ clientKey: 'second' })
    await spend(6)
    expect(await say(feedbackOf(taskId, true, 'second'))).toMatchObject({ errorId: 0 })
  })

  test('is 30 requests a minute by default', async () => {
    await sandbox.close()
    sandbox = await startSandbox({ now: () => now })
    await spend(30)
    expect(sandbox.requests.some(({ status }) => status === 429)).toBe(false)
    await spend(1)
    expect(sandbox.requests.at(-1)).toMatchObject({ status: 429 })
  })
})

describe('beside feedback', () => {
  test('other paths are a 404 in HTML', async () => {
    const response = await fetch(`${sandbox.apiURL}/reportCorrect`, { method: 'POST' })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toContain('text/html')
  })

  test('other methods are a 405', async () => {
    const response = await fetch(sandbox.apiURL + feedbackPath)
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('POST')
  })
})

test('every request is on the record, in order', async () => {
  const { taskId } = sandbox.issueTask()
  await fetch(`${sandbox.apiURL}/elsewhere?with=query`)
  await say('?')
  now += 1000
  await say(feedbackOf(taskId, false))
  await say(feedbackOf(taskId, true))
  const at = now
  const feedback = { at, path: feedbackPath, method: 'POST', taskId, status: 200 }
  expect(sandbox.requests).toEqual([
    { at: at - 1000, path: '/elsewhere', method: 'GET', status: 404 },
    { at: at - 1000, path: feedbackPath, method: 'POST', status: 200, errorCode: 'ERROR_INVALID_TASK_DATA' },
    { ...feedback, valid: false },
    { ...feedback, valid: true, errorCode: 'ERROR_FEEDBACK_EXISTS' },
  ])
})
