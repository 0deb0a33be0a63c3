import type { FeedbackRecord, VerdictRecord } from '@regotcha-feedback/core/outbox-file'
import { expect, test } from 'vitest'
import { summarize } from './summary.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 24, 12)
const verdict = (kind: VerdictRecord['kind'], by: string, parts: Partial<VerdictRecord> = {}): VerdictRecord => {
  return { taskId: 't', kind, by, site: 'a.test', predicate: undefined, decidedAt: now - hour, took: 1000, ...parts }
}
const feedback = (state: FeedbackRecord['state'], parts: Partial<FeedbackRecord> = {}): FeedbackRecord => {
  const times = { decidedAt: now - hour, expiresAt: now + 23 * hour, endedAt: undefined }
  return { account: 'x', taskId: 't', valid: true, attempts: 1, state, reason: undefined, ...times, ...parts }
}

test('counts `deadline` of earlier versions as silence', () => {
  const { sites, predicates } = summarize(
    [
      verdict('rejected', 'deadline'),
      verdict('rejected', 'silence'),
      verdict('rejected', 'rejectedWhen', { predicate: 'captchaAgain()' }),
    ],
    [],
    now,
  )
  expect(sites).toMatchObject([{ rejected: 3, byAbsence: 3 }])
  expect(predicates).toMatchObject([
    { by: 'silence', count: 2 },
    { by: 'rejectedWhen', count: 1 },
  ])
})

test('counts verdicts by site, predicate, reason and time', () => {
  const { verdicts, sites, predicates, undecided, took, overTime, unit } = summarize(
    [
      verdict('accepted', 'acceptedWhen', { predicate: 'url(**)' }),
      verdict('accepted', 'acceptedWhen', { predicate: 'url(**)', site: 'b.test', took: 9000 }),
      verdict('rejected', 'silence', { decidedAt: now - 3 * hour }),
      verdict('undecided', 'no-match'),
    ],
    [],
    now,
  )
  expect(verdicts).toEqual({ accepted: 2, rejected: 1, undecided: 1 })
  expect(sites).toEqual([
    { site: 'a.test', accepted: 1, rejected: 1, undecided: 1, byAbsence: 1 },
    { site: 'b.test', accepted: 1, rejected: 0, undecided: 0, byAbsence: 0 },
  ])
  expect(predicates[0]).toEqual({ kind: 'accepted', by: 'acceptedWhen', predicate: 'url(**)', count: 2, sites: 2 })
  expect(undecided).toEqual([{ reason: 'no-match', count: 1 }])
  expect(took).toMatchObject({ count: 4, median: 1000 })
  expect(unit).toBe('hour')
  expect(overTime.map(({ accepted, rejected }) => accepted + rejected)).toEqual([1, 0, 2]) // also the empty hour
})

test('summarises delivery', () => {
  const deadline = now + hour
  const { delivery } = summarize(
    [],
    [
      feedback('delivered', { endedAt: now - hour + 200 }),
      feedback('delivered', { endedAt: now - hour + 600, attempts: 9 }),
      feedback('dead', { reason: 'HTTP 404' }),
      feedback('pending', { expiresAt: deadline }),
    ],
    now,
  )
  expect(delivery).toMatchObject({
    states: { delivered: 2, dead: 1, pending: 1, held: 0 },
    latency: { count: 2, median: 400 },
    attempts: [1, 0, 0, 0, 0, 1],
    busiestMinute: 2,
    dead: [{ reason: 'HTTP 404', count: 1 }],
    oldestDeadline: deadline,
  })
})

test('gives the most frequent hint of each site’s undecided verdicts, or else the advice for the reason', () => {
  const hint = 'GET https://a.test/b?c took another token, is `token` the right one? see https://a.test/d.'
  const { nextSteps } = summarize(
    [
      verdict('undecided', 'page-closed', { site: 'b.test' }),
      verdict('undecided', 'no-match', { hint }),
      verdict('undecided', 'no-match', { hint }),
      verdict('undecided', 'no-match', { hint: 'another' }),
      verdict('undecided', 'stopped'),
      verdict('accepted', 'user'),
    ],
    [],
    now,
  )
  const withoutAddress = 'GET a.test took another token, is `token` the right one? see a.test.'
  expect(nextSteps).toEqual([
    { site: 'a.test', undecided: 4, reason: 'no-match', count: 3, advice: withoutAddress },
    { site: 'b.test', undecided: 1, reason: 'page-closed', count: 1, advice: expect.stringContaining('await') },
  ])
})
