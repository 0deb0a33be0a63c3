import { describe, expect, test } from 'vitest'
import { arm, deadline, infer, type Observation, type Rules } from './inference.ts'
import type { Opinion } from './predicate.ts'

const rules: Rules = { submissionTimeout: 1000, verdictTimeout: 100, hasRejectedWhen: false }
const withRejectedWhen: Rules = { ...rules, hasRejectedWhen: true }
const held: Opinion = { kind: 'held' }
const notHeld: Opinion = { kind: 'not-held' }
const none: Opinion = { kind: 'none', cause: new Error('boom') }

const submitted = (at = 0): Observation => ({ kind: 'submitted', at, seen: () => 'POST https://site.test/login' })
const answered = (status = 200, at = 1): Observation => ({ kind: 'answered', at, status })
const judged = (accepted: Opinion, rejected?: Opinion, at = 2): Observation => ({
  kind: 'judged',
  at,
  seen: () => 'response 200 https://site.test/login',
  accepted,
  rejected,
})
const time = (at: number): Observation => ({ kind: 'time', at })
const late = time(10_000)

function verdictOf(observations: readonly Observation[], by: Rules = rules) {
  const { verdict } = observations.reduce((inference, observation) => infer(inference, observation, by), arm(0))
  if (!verdict) return undefined
  return verdict.kind === 'undecided' ? verdict.reason : `${verdict.kind} by ${verdict.by}`
}

describe('the table of verdicts', () => {
  test.each<[string, readonly Observation[], Rules, string | undefined]>([
    ['acceptedWhen held', [submitted(), judged(held)], rules, 'accepted by acceptedWhen'],
    ['rejectedWhen held', [submitted(), judged(notHeld, held)], withRejectedWhen, 'rejected by rejectedWhen'],
    [
      'rejectedWhen held where acceptedWhen could not say',
      [submitted(), judged(none, held)],
      withRejectedWhen,
      'rejected by rejectedWhen',
    ],
    ['both held on the same evidence', [submitted(), judged(held, held)], withRejectedWhen, 'conflict'],
    [
      'the first evidence on which one holds decides',
      [submitted(), judged(notHeld, held), judged(held, notHeld)],
      withRejectedWhen,
      'rejected by rejectedWhen',
    ],
    ['answered, asked, never held', [submitted(), answered(), judged(notHeld), late], rules, 'rejected by deadline'],
    [
      'the same with rejectedWhen given',
      [submitted(), answered(), judged(notHeld, notHeld), late],
      withRejectedWhen,
      'no-match',
    ],
    ['nothing was submitted', [late], rules, 'not-submitted'],
    ['nothing was submitted, though evidence was judged', [judged(notHeld), late], rules, 'not-submitted'],
    ['submitted, never answered', [submitted(), late], rules, 'no-answer'],
    ['answered, but acceptedWhen was never asked', [submitted(), answered(), late], rules, 'no-answer'],
    ['answered by 500', [submitted(), answered(500), judged(notHeld), late], rules, 'site-error'],
    [
      'answered by the rate limit of the site',
      [submitted(), answered(429), judged(notHeld), late],
      rules,
      'site-error',
    ],
    [
      'answered by a proxy, which wants to be paid',
      [submitted(), answered(407), judged(notHeld), late],
      rules,
      'site-error',
    ],
    ['the network failed', [submitted(), { kind: 'failed', at: 1 }, late], rules, 'site-error'],
    [
      'a failure, then an answer, to a token that may be spent',
      [submitted(), { kind: 'failed', at: 1 }, answered(), judged(notHeld), late],
      rules,
      'site-error',
    ],
    [
      'a good answer, then a fault of the page after it',
      [submitted(), answered(), judged(notHeld), { kind: 'faulted', at: 2, seen: () => '503' }, late],
      rules,
      'site-error',
    ],
    [
      'the site may have accepted it where acceptedWhen was not asked',
      [submitted(), answered(), judged(notHeld), { kind: 'unsure', at: 2, seen: () => 'a popup' }, late],
      rules,
      'no-match',
    ],
    [
      'acceptedWhen could not say',
      [submitted(), answered(), judged(none), judged(notHeld), late],
      rules,
      'predicate-error',
    ],
    [
      'rejectedWhen could not say',
      [submitted(), answered(), judged(notHeld, none), late],
      withRejectedWhen,
      'predicate-error',
    ],
    [
      'a predicate could not say, and a later evidence held',
      [submitted(), judged(none), judged(held)],
      rules,
      'accepted by acceptedWhen',
    ],
    [
      'the page was closed',
      [submitted(), judged(notHeld), { kind: 'ended', at: 3, how: 'page-closed' }],
      rules,
      'page-closed',
    ],
    ['the page crashed', [{ kind: 'ended', at: 3, how: 'page-crashed' }], rules, 'page-crashed'],
    ['the user stopped', [submitted(), { kind: 'ended', at: 3, how: 'stopped' }], rules, 'stopped'],
    ['a later watch took over', [{ kind: 'ended', at: 3, how: 'superseded' }], rules, 'superseded'],
    ['the user said so', [{ kind: 'told', at: 3, verdict: 'rejected' }], rules, 'rejected by user'],
    ['nothing has decided yet', [submitted(), answered(), judged(notHeld), time(99)], rules, undefined],
  ])('%s', (_, observations, by, expected) => {
    expect(verdictOf(observations, by)).toBe(expected)
  })
})

test('a verdict is never changed', () => {
  expect(
    verdictOf([submitted(), judged(held), judged(notHeld, held), late, { kind: 'told', at: 5, verdict: 'rejected' }]),
  ).toBe('accepted by acceptedWhen')
})

test('time runs from arming to the submission, then from the first submission to the verdict', () => {
  const armed = arm(50)
  expect(deadline(armed, rules)).toBe(1050)
  const once = infer(armed, submitted(500), rules)
  expect(deadline(once, rules)).toBe(600)
  expect(deadline(infer(once, submitted(550), rules), rules)).toBe(600)
})

test('what happened after the deadline decides nothing, however late the deadline is noticed', () => {
  expect(verdictOf([submitted(), answered(), judged(notHeld), judged(held, undefined, 100)])).toBe(
    'rejected by deadline',
  )
  expect(verdictOf([submitted(), answered(), judged(notHeld), judged(held, undefined, 99)])).toBe(
    'accepted by acceptedWhen',
  )
})

test('the trail tells the last of what was seen, and a verdict speaks in a sentence', () => {
  const many = Array.from({ length: 40 }, () => judged(notHeld))
  const { verdict } = [submitted(), ...many, judged(held)].reduce((all, next) => infer(all, next, rules), arm(0))
  expect(verdict?.why.trail).toHaveLength(16)
  expect(verdict?.why.trail.at(-1)).toBe('+2 ms response 200 https://site.test/login: acceptedWhen held')
  expect(String(verdict)).toBe('accepted: acceptedWhen held, on response 200 https://site.test/login')
})
