import { feedbackPath, feedbackResponse } from '@regotcha-feedback/core/wire'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Fault, type Sandbox, startSandbox } from './index.ts'

let sandbox: Sandbox
let taskId: string

beforeEach(async () => {
  sandbox = await startSandbox({ now: () => 0 })
  taskId = sandbox.issueTask().taskId
})
afterEach(() => sandbox.close())

const send = (task = taskId) =>
  fetch(sandbox.apiURL + feedbackPath, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientKey: sandbox.clientKey, taskId: task, result: { valid: true } }),
  })

const recorded = () => sandbox.feedback.map((feedback) => feedback.taskId)

/** Whether it is still pending when another request has come and gone. */
const isPending = (promise: Promise<unknown> | undefined) =>
  Promise.race([
    promise?.then(
      () => false,
      () => false,
    ),
    fetch(sandbox.siteURL).then(() => true),
  ])

describe('a lost connection', () => {
  test('reset: the connection breaks and nothing is recorded', async () => {
    sandbox.fault({ kind: 'reset' })
    await expect(send()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(recorded()).toEqual([])
    expect(sandbox.requests).toEqual([{ at: 0, path: feedbackPath, method: 'POST', taskId, valid: true }])
  })

  test('reset-after-recording: the connection breaks, and a second try learns that the first had arrived', async () => {
    sandbox.fault({ kind: 'reset-after-recording' })
    await expect(send()).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
    expect(recorded()).toEqual([taskId])
    expect(sandbox.requests).toMatchObject([{ status: undefined }])
    expect(await (await send()).json()).toMatchObject({ errorCode: 'ERROR_FEEDBACK_EXISTS' })
  })

  test('stall: no answer comes until the sandbox closes, and nothing is recorded', async () => {
    sandbox.fault({ kind: 'stall' })
    const answer = send()
    await expect.poll(() => sandbox.requests, { interval: 1 }).toMatchObject([{ taskId, status: undefined }])
    expect(await isPending(answer)).toBe(true)
    expect(recorded()).toEqual([])
    const end = expect(answer).rejects.toThrow('fetch failed')
    await sandbox.close()
    await end
  })

  test('stall-body: half the answer comes, the rest does not until the sandbox closes', async () => {
    sandbox.fault({ kind: 'stall-body' })
    const { status, headers, body } = await send()
    const reader = body?.getReader()
    const half = await reader?.read()
    expect(status).toBe(200)
    expect(half?.value?.length).toBe(Math.floor(Number(headers.get('content-length')) / 2))
    expect(recorded()).toEqual([taskId])
    const rest = reader?.read()
    expect(await isPending(rest)).toBe(true)
    const end = expect(rest).rejects.toThrow('terminated')
    await sandbox.close()
    await end
  })

  test('truncate: the connection breaks in the middle of the answer', async () => {
    sandbox.fault({ kind: 'truncate' })
    const response = await send()
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow('terminated')
    expect(recorded()).toEqual([taskId])
    expect(sandbox.requests).toMatchObject([{ status: 200 }])
  })
})

describe('an answer from in between', () => {
  test('status: an error page by default', async () => {
    sandbox.fault({ kind: 'status', status: 502 })
    const response = await send()
    expect(response.status).toBe(502)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(await response.text()).toContain('<h1>502 Bad Gateway</h1>')
    expect(recorded()).toEqual([])
  })

  test('status: any headers and text', async () => {
    sandbox.fault({
      kind: 'status',
      status: 200,
      headers: { 'Content-Type': 'text/plain', 'retry-after': '2' },
      body: 'soon',
    })
    const response = await send()
    expect(response.headers.get('content-type')).toBe('text/plain')
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.text()).toBe('soon')
  })

  test.each([204, 503])('status: %i with nothing at all', async (status) => {
    sandbox.fault({ kind: 'status', status, body: '' })
    const response = await send()
    expect(response.status).toBe(status)
    expect(await response.text()).toBe('')
  })

  test('status: any JSON', async () => {
    sandbox.fault({ kind: 'status', status: 403, body: { errorId: 1, errorCode: 'ERROR_OF_TOMORROW' } })
    const response = await send()
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ errorId: 1, errorCode: 'ERROR_OF_TOMORROW' })
    expect(sandbox.requests).toMatchObject([{ status: 403, errorCode: 'ERROR_OF_TOMORROW' }])
  })

  test.each([302, 307, 308] as const)('redirect: a %i to the location', async (status) => {
    sandbox.fault({ kind: 'redirect', status, location: `${sandbox.siteURL}/elsewhere` })
    const response = await send()
    expect(response.status).toBe(status)
    expect(response.headers.get('location')).toBe(`${sandbox.siteURL}/elsewhere`)
    expect(recorded()).toEqual([])
  })
})

describe('rate-limit', () => {
  const sentence = 'Rate limit exceeded. Retry after 7 seconds'
  const plain = 'Rate limit exceeded'

  test.each([
    ['sentence', { errorDescription: sentence }, null],
    ['body', { errorDescription: plain, retry_after: 7 }, null],
    ['header', { errorDescription: plain }, '7'],
  ] as const)('tells the time to wait in the %s alone', async (place, body, header) => {
    sandbox.fault({ kind: 'rate-limit', retryAfter: 7, in: place })
    const response = await send()
    const answer: unknown = await response.json()
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe(header)
    expect(answer).toEqual({ errorId: 1, errorCode: 'ERROR_RATE_LIMIT', ...body })
    expect(feedbackResponse.parse(answer)).toEqual(answer)
    expect(recorded()).toEqual([])
  })

  test('is by default the documented answer, and may come under another status', async () => {
    sandbox.fault({ kind: 'rate-limit', status: 200 })
    const response = await send()
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ errorDescription: 'Rate limit exceeded. Retry after 15 seconds' })
  })
})

describe('scripted faults', () => {
  const statuses = async (requests: number) => {
    const seen: number[] = []
    for (let sent = 0; sent < requests; sent++) seen.push((await send('task_unknown')).status)
    return seen
  }
  const status = (status: number): Fault => ({ kind: 'status', status })

  test('are met one request at a time, in the order in which they were added', async () => {
    sandbox.fault(status(503), 2)
    sandbox.fault(status(502))
    expect(await statuses(4)).toEqual([503, 503, 502, 200])
  })

  test('last until they are lifted when their number is infinite', async () => {
    const lift = sandbox.fault(status(503), Infinity)
    sandbox.fault(status(502))
    expect(await statuses(3)).toEqual([503, 503, 503])
    lift()
    expect(await statuses(2)).toEqual([502, 200])
  })

  test('can be lifted before and after their turn', async () => {
    const first = sandbox.fault(status(503))
    const second = sandbox.fault(status(502))
    second()
    expect(await statuses(2)).toEqual([503, 200])
    first()
    expect(await statuses(1)).toEqual([200])
  })
})
