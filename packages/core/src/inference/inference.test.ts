import { describe, expect, test } from 'vitest'
import type { Opinion } from '../predicates/predicate.ts'
import { infer } from './inference.ts'
import type { Carrier, Observation } from './observation.ts'
import { arm, deadline, glancing, type Rules, settling } from './state.ts'

const acceptedWhen = () => true
const rules: Rules = { submissionTimeout: 100_000, verdictTimeout: 10_000, predicates: { acceptedWhen } }
const bySilence: Rules = { ...rules, predicates: { acceptedWhen, silence: 'rejected' } }
const held: Opinion = { kind: 'held' }
const notHeld: Opinion = { kind: 'not-held' }
const none: Opinion = { kind: 'none', cause: new Error('boom') }

const form: Carrier = { name: 'POST https://site.test/login', isCall: false }
const call: Carrier = { name: 'POST https://site.test/api', isCall: true }
const draft: Carrier = { name: 'POST https://site.test/draft', isCall: true }
const submitted = (at = 0, carrier = form): Observation => ({
  kind: 'submitted',
  at,
  carrier,
  seen: () => carrier.name,
})
const tokenAgain: Observation = { kind: 'doubt', at: 1, name: 'tokenAgain' }
const crawlerLeft: Observation = { kind: 'doubt', at: 2, name: 'crawlerLeft' }
const answered = (status = 200, at = 1): Observation => ({ kind: 'answered', at, status })
const judged = (accepted: Opinion, rejected?: Opinion, at = 2, answer?: Carrier): Observation => ({
  kind: 'judged',
  at,
  seen: () => 'response 200 https://site.test/login',
  accepted,
  rejected,
  answer,
})
const showing = (shows: 'document' | 'url', observation: Observation) => ({ ...observation, shows }) as Observation
const doubted: Observation = { ...(judged(held) as object), doubt: 'the answer shows a captcha again' } as Observation
const time = (at: number): Observation => ({ kind: 'time', at })
const late = time(100_000)

function verdictOf(observations: readonly Observation[], by: Rules = rules) {
  const { verdict } = observations.reduce((inference, observation) => infer(inference, observation, by), arm(0))
  if (!verdict) return undefined
  return verdict.kind === 'undecided' ? verdict.reason : `${verdict.kind} by ${verdict.by}`
}

describe('the table of verdicts', () => {
  test.each<[string, readonly Observation[], Rules, string | undefined]>([
    ['acceptedWhen held', [submitted(), judged(held)], rules, 'accepted by acceptedWhen'],
    ['rejectedWhen held', [submitted(), answered(), judged(notHeld, held)], rules, 'rejected by rejectedWhen'],
    [
      'rejectedWhen held where acceptedWhen could not say',
      [submitted(), answered(), judged(none, held)],
      rules,
      'rejected by rejectedWhen',
    ],
    ['both held on the same evidence', [submitted(), judged(held, held)], rules, 'conflict'],
    [
      'the first evidence on which one holds decides',
      [submitted(), answered(), judged(notHeld, held), judged(held, notHeld)],
      rules,
      'rejected by rejectedWhen',
    ],
    [
      'rejectedWhen held on a page, and only a fault of the site was seen',
      [submitted(), { kind: 'faulted', at: 1, seen: () => '403' }, judged(notHeld, held), late],
      rules,
      'site-error',
    ],
    ['both held, whatever else was void', [submitted(), tokenAgain, judged(held, held)], rules, 'conflict'],
    ['acceptedWhen held without a look at an answer with doubts', [submitted(), doubted], rules, 'conflict'],
    ['answered, asked, never held', [submitted(), answered(), judged(notHeld), late], rules, 'no-match'],
    [
      'the same, and the user said what that means',
      [submitted(), answered(), judged(notHeld), late],
      bySilence,
      'rejected by silence',
    ],
    [
      'where the crawler went elsewhere meanwhile',
      [submitted(), answered(), judged(notHeld), crawlerLeft, late],
      bySilence,
      'no-match',
    ],
    [
      'where the token was submitted again',
      [submitted(), answered(), judged(notHeld), tokenAgain, late],
      bySilence,
      'no-match',
    ],
    ['where nothing was asked', [submitted(), answered(), late], bySilence, 'no-match'],
    ['nothing was submitted', [late], rules, 'not-submitted'],
    ['nothing was submitted, though evidence was judged', [judged(notHeld), late], rules, 'not-submitted'],
    ['submitted, never answered', [submitted(), late], rules, 'no-answer'],
    ['the network failed', [submitted(), { kind: 'failed', at: 1 }, late], rules, 'site-error'],
    [
      'the page was left before the answer',
      [submitted(), { kind: 'failed', at: 1 }, { kind: 'left', at: 1 }, late],
      rules,
      'no-answer',
    ],
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
      'acceptedWhen could not say',
      [submitted(), answered(), judged(none), judged(notHeld), late],
      rules,
      'predicate-error',
    ],
    ['rejectedWhen could not say', [submitted(), answered(), judged(notHeld, none), late], rules, 'predicate-error'],
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
    ['nothing has decided yet', [submitted(), answered(), judged(notHeld), time(9_999)], rules, undefined],
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
  expect(deadline(armed, rules)).toBe(100_050)
  const once = infer(armed, submitted(500), rules)
  expect(deadline(once, rules)).toBe(10_500)
  expect(deadline(infer(once, submitted(550), rules), rules)).toBe(10_500)
})

test('what happened after the deadline decides nothing, however late the deadline is noticed', () => {
  expect(verdictOf([submitted(), answered(), judged(notHeld), judged(held, undefined, 10_000)])).toBe('no-match')
  expect(verdictOf([submitted(), answered(), judged(notHeld), judged(held, undefined, 9_999)])).toBe(
    'accepted by acceptedWhen',
  )
})

describe('the acceptance of a call that leaves the page where it was', () => {
  const accepted = [submitted(0, call), answered(), judged(held, undefined, 2, call)]
  const other = submitted(3, draft)
  const again = [submitted(3, call), tokenAgain]
  const moved = showing('document', judged(notHeld, undefined, 3))
  const changed = showing('url', judged(notHeld, undefined, 3))
  const closed: Observation = { kind: 'ended', at: 5, how: 'page-closed' }
  const soon = time(6 + settling)
  test.each<[string, readonly Observation[], string | undefined]>([
    ['waits for another request to take the token', [time(2 + settling - 1)], undefined],
    ['stands when none did', [time(2 + settling)], 'accepted by acceptedWhen'],
    ['stands at once when the page has gone on', [moved], 'accepted by acceptedWhen'],
    ['stands soon when a script changes the URL', [changed, time(4 + glancing)], 'accepted by acceptedWhen'],
    ['waits that long, since a script may do so before it sends', [changed, time(2 + glancing)], undefined],
    ['contradicts a refusal by where the page goes', [showing('document', judged(notHeld, held, 3))], 'conflict'],
    ['stands at once when the page is closed', [closed], 'accepted by acceptedWhen'],
    ['stands when a click too many sends it again', [...again, soon], 'accepted by acceptedWhen'],
    [
      'stands when that is refused, since the token is spent',
      [...again, judged(notHeld, held, 4, call), soon],
      'accepted by acceptedWhen',
    ],
    ['does not stand when another request took the token', [other, tokenAgain, late], 'conflict'],
    ['nor when the page goes on then', [other, tokenAgain, moved, late], 'conflict'],
    ['nor when the page is closed then', [other, tokenAgain, closed], 'conflict'],
    [
      'stands when the other one is accepted, too',
      [other, tokenAgain, judged(held, undefined, 4, draft), soon],
      'accepted by acceptedWhen',
    ],
    ['contradicts a refusal of the other one', [other, tokenAgain, judged(notHeld, held, 4, draft)], 'conflict'],
    ['contradicts a refusal that follows', [judged(notHeld, held, 3)], 'conflict'],
    ['gives way to where the page goes', [other, tokenAgain, judged(held, undefined, 4)], 'accepted by acceptedWhen'],
  ])('%s', (_, then, expected) => {
    expect(verdictOf([...accepted, ...then])).toBe(expected)
  })

  test.each([
    [draft, call],
    [call, draft],
  ])('is in doubt where both requests had left before either was answered, whichever is first', (first, second) => {
    const both = [submitted(0, first), submitted(1, second), tokenAgain]
    expect(verdictOf([...both, judged(held, undefined, 2, draft), judged(notHeld, held, 3, call)])).toBe('conflict')
    expect(verdictOf([...both, judged(notHeld, held, 2, call), judged(held, undefined, 3, draft)])).toBe('conflict')
    expect(verdictOf([...both, judged(held, undefined, 2, draft), judged(notHeld, undefined, 3, call), late])).toBe(
      'conflict',
    )
  })

  test('names both requests, and says what to pass', () => {
    const { verdict } = [...accepted, other, late].reduce((all, next) => infer(all, next, rules), arm(0))
    expect(String(verdict)).toContain('POST https://site.test/api and POST https://site.test/draft both took the token')
    expect(verdict?.why.hint).toContain('pass `token` and `submittedWhen`')
  })
})

test('a URL that a script sets counts when nothing that it may have anticipated is sent at once', () => {
  const shown = showing('url', judged(held, undefined, 2))
  const before = [submitted(0, draft), answered(), shown]
  expect(verdictOf([...before, time(100)])).toBeUndefined()
  expect(verdictOf([...before, time(300)])).toBe('accepted by acceptedWhen')
  expect(verdictOf([...before, submitted(3, call), time(300)])).toBeUndefined()
})

test('the trail tells the last of what was seen, and a verdict speaks in a sentence', () => {
  const many = Array.from({ length: 40 }, () => judged(notHeld))
  const { verdict } = [submitted(), ...many, judged(held)].reduce((all, next) => infer(all, next, rules), arm(0))
  expect(verdict?.why.trail).toHaveLength(16)
  expect(verdict?.why.trail.at(-1)).toBe('+2 ms response 200 https://site.test/login: acceptedWhen held')
  expect(String(verdict)).toBe('accepted: acceptedWhen held, on response 200 https://site.test/login')
})
