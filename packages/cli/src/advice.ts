/** What a reason means for its user, and what to do. */
import type { UndecidedReason } from '@regotcha-feedback/core'

const ofDead: Readonly<Record<string, string>> = {
  ERROR_NO_SUCH_CAPCHA_ID: 'the API knows no such task, or it is another key’s',
  ERROR_FEEDBACK_EXPIRED: 'the 24 hours for feedback were over',
  ERROR_INVALID_TASK_DATA: 'the API did not understand the feedback; that is our bug, please report it',
}

/** Of the code with which the API refused a feedback for good, or `HTTP <status>`. */
export function adviceOnDead(reason: string): string {
  if (/^HTTP 3/.test(reason)) return 'the address redirects, and keys follow no redirect; is REGOTCHA_BASE_URL right?'
  return ofDead[reason] ?? 'the API refused it for good'
}

const ofUndecided: Readonly<Record<UndecidedReason, string>> = {
  conflict:
    'The same answer shows an acceptance and a refusal, or two requests took the token: the hint of the verdict says which.',
  'no-match':
    'Neither predicate held in time, and the site did not say that it refused the captcha: record the session as a HAR and ask `explain` what it showed.',
  'not-submitted': 'No request was seen to take the token along: pass `token`, or say which one with `submittedWhen`.',
  'no-answer': 'The site never answered the submission: was the page left too soon, or is the site or the proxy slow?',
  'site-error':
    'The site answered with nothing but errors of its own, or a challenge in front of it did. That is no fault of the token.',
  'page-closed': 'The page was closed too soon: await `feedback.verdict` before closing it.',
  'page-crashed': 'The page or the browser crashed.',
  'predicate-error': 'A predicate threw or could not read its evidence: try it with `explain`.',
  stopped: 'The watch was stopped, or the process ended in good order, before a verdict.',
  superseded: 'A second watch was armed on the same page: pass `token`, then both are told apart.',
  'no-rule': 'No rule of `sites` matches the page that submitted: add one, or widen its `match`.',
}

export const adviceOnUndecided = (reason: string) => ofUndecided[reason as UndecidedReason] ?? '' // a newer version may know more
