import { describe, expect, test, vi } from 'vitest'
import { createAttempt, outcomeOf } from './attempt.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const read = (status: number, body: unknown, retryAfter: string | null = null) =>
  outcomeOf(status, retryAfter, typeof body === 'string' ? body : JSON.stringify(body), now)
const failure = (errorCode: string, more = {}) => ({ errorId: 1, errorCode, errorDescription: 'why', ...more })

describe('an API answer, regardless of its HTTP status', () => {
  test.each([
    [200, { errorId: 0, message: 'Feedback recorded: token valid' }, 'delivered recorded'],
    [201, { errorId: 0 }, 'delivered recorded'],
    [200, { errorId: 0, message: null }, 'delivered recorded'],
    [200, { errorId: 0, message: { en: 'recorded' } }, 'delivered recorded'],
    [200, failure('ERROR_FEEDBACK_EXISTS', { errorDescription: null, retry_after: null }), 'delivered exists'],
    [200, failure('ERROR_FEEDBACK_EXISTS'), 'delivered exists'],
    [400, failure('ERROR_FEEDBACK_EXISTS'), 'delivered exists'],
    [200, failure('ERROR_KEY_DOES_NOT_EXIST'), 'retryable key-rejected'],
    [401, '<html>', 'retryable key-rejected'],
    [403, '<html>', 'retryable key-rejected'],
    [200, failure('ERROR_RATE_LIMIT'), 'retryable rate-limit'],
    [429, '', 'retryable rate-limit'],
    [200, failure('ERROR_INVALID_TASK_DATA'), 'dead ERROR_INVALID_TASK_DATA'],
    [200, failure('ERROR_NO_SUCH_CAPCHA_ID'), 'dead ERROR_NO_SUCH_CAPCHA_ID'],
    [410, failure('ERROR_FEEDBACK_EXPIRED'), 'dead ERROR_FEEDBACK_EXPIRED'],
    [200, failure('ERROR_OF_NEXT_YEAR'), 'dead ERROR_OF_NEXT_YEAR'],
    [503, failure('ERROR_OF_NEXT_YEAR'), 'retryable unavailable'],
    [200, '<html>all is well</html>', 'retryable unavailable'],
    [200, '', 'retryable unavailable'],
    [200, 'null', 'retryable unavailable'],
    [200, { errorId: 0.5 }, 'retryable unavailable'],
    [200, { errorId: 1 }, 'retryable unavailable'],
    [408, '', 'retryable unavailable'],
    [425, '', 'retryable unavailable'],
    [500, '<html>', 'retryable unavailable'],
    [302, '', 'dead HTTP 302'],
    [307, '', 'dead HTTP 307'],
    [404, '<html>', 'dead HTTP 404'],
  ])('%i %j is %s', (status, body, expected) => {
    const outcome = read(status, body)
    expect(`${outcome.kind} ${outcome.kind === 'delivered' ? outcome.by : outcome.reason}`).toBe(expected)
  })
})

test.each<[string | null, object, number | undefined]>([
  ['2', {}, 2_000],
  ['0', {}, 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', {}, 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', {}, 0],
  ['-1', {}, undefined],
  ['soon', {}, undefined],
  [null, { retry_after: 7 }, 7_000],
  [null, { retry_after: '7' }, 7_000],
  [null, { errorDescription: 'Rate limit exceeded. Retry after 15 seconds' }, 15_000],
  ['junk', { errorDescription: 'Rate limit exceeded. Retry after 15 seconds' }, 15_000],
  [null, {}, undefined],
])('the wait that the API names is read from header %j and body %j', (header, body, expected) => {
  const outcome = read(429, failure('ERROR_RATE_LIMIT', body), header)
  expect(outcome).toMatchObject({ reason: 'rate-limit' })
  expect('retryAfter' in outcome ? outcome.retryAfter : undefined).toBe(expected)
})

test('an attempt that is aborted before it starts sends no request', async () => {
  const fetch = vi.fn(globalThis.fetch)
  const attempt = createAttempt({
    clientKey: 'key',
    baseURL: 'http://localhost:1',
    timeout: 1000,
    fetch,
    now: () => now,
  })
  expect(await attempt('task', true, AbortSignal.abort())).toMatchObject({ kind: 'retryable', reason: 'aborted' })
  expect(fetch).not.toHaveBeenCalled()
})
