import { expect, test } from 'vitest'
import { EvidenceError } from '../predicates/evidence.ts'
import { type UndecidedReason, type Verdict, withSentence } from './verdict.ts'

const why = {
  predicate: 'url(**/dashboard)',
  evidence: 'navigation 200 https://site.test/dashboard',
  trail: ['+5 ms submitted'],
}
const reasons: Readonly<Record<UndecidedReason, string>> = {
  conflict: 'what the site did shows both an acceptance and a refusal',
  'no-match': 'the site answered, and no predicate held',
  'not-submitted': 'no request carried the token to the site',
  'no-answer': 'the site never answered the submission',
  'site-error': 'the site, or something in front of it, failed',
  'page-closed': 'the page was closed before a verdict',
  'page-crashed': 'the page crashed before a verdict',
  'predicate-error': 'a predicate gave no answer',
  stopped: 'the watch was stopped',
  superseded: 'a later watch on the same page took over',
  'no-rule': 'no rule of `sites` matches the page',
}

test.each<[Verdict, string]>([
  [
    { kind: 'accepted', by: 'acceptedWhen', why },
    'accepted: acceptedWhen held: url(**/dashboard), on navigation 200 https://site.test/dashboard',
  ],
  [
    { kind: 'rejected', by: 'rejectedWhen', why: { evidence: 'response 403 https://site.test/login', trail: [] } },
    'rejected: rejectedWhen held, on response 403 https://site.test/login',
  ],
  [
    { kind: 'rejected', by: 'silence', why: { trail: [] } },
    'rejected: the site answered the submission, and no predicate held',
  ],
  [{ kind: 'accepted', by: 'user', why: { trail: [] } }, "accepted: by the user's word"],
  [{ kind: 'rejected', by: 'user', why: { trail: [] } }, "rejected: by the user's word"],
  [
    { kind: 'undecided', reason: 'not-submitted', why: { hint: 'pass `token`', trail: [] } },
    'undecided (not-submitted): no request carried the token to the site; pass `token`',
  ],
  [
    {
      kind: 'undecided',
      reason: 'predicate-error',
      why: { trail: [] },
      cause: new TypeError(`no field in "secret" of ${'x'.repeat(40)}`),
    },
    'undecided (predicate-error): a predicate gave no answer: it threw TypeError: no field in "…" of … (see verdict.cause)',
  ],
  [
    { kind: 'undecided', reason: 'predicate-error', why: { trail: [] }, cause: 'secret' },
    'undecided (predicate-error): a predicate gave no answer: it threw a string (see verdict.cause)',
  ],
  [
    { kind: 'undecided', reason: 'page-closed', why: { trail: [] }, cause: new EvidenceError('lost', 'it is gone') },
    'undecided (page-closed): the page was closed before a verdict: it is gone',
  ],
])('%o is a sentence', (verdict, sentence) => {
  expect(String(withSentence(verdict))).toBe(sentence)
  expect(JSON.stringify(verdict)).not.toContain('secret')
})

test.each(Object.entries(reasons))('undecided for %s is a sentence', (reason, sentence) => {
  const verdict: Verdict = { kind: 'undecided', reason: reason as UndecidedReason, why: { trail: [] } }
  expect(String(withSentence(verdict))).toBe(`undecided (${reason}): ${sentence}`)
})
