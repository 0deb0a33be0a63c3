/** What a reason means for its user, and what to do. */
import type { UndecidedReason } from '@regotcha-feedback/core'

const ofDead: Readonly<Record<string, string>> = {
  ERROR_NO_SUCH_CAPCHA_ID: 'the API does not know this task, or it belongs to another key',
  ERROR_FEEDBACK_EXPIRED: 'the 24 hours for feedback were over',
  ERROR_INVALID_TASK_DATA: 'the API did not understand the feedback; that is our bug, please report it',
}

/** @param reason - the API's error code for a feedback that it refused permanently, or `HTTP <status>`. */
export function adviceOnDead(reason: string): string {
  if (/^HTTP 3/.test(reason))
    return 'the API address redirects, and keys are never sent to a redirect; check REGOTCHA_BASE_URL'
  return ofDead[reason] ?? 'the API refused it permanently'
}

const ofUndecided: Readonly<Record<UndecidedReason, string>> = {
  conflict:
    'The same answer showed acceptance and refusal, or two requests carried the token. The verdict’s hint says which.',
  'no-match':
    'Neither predicate held in time, and the site did not say that it refused the captcha. Record a visit and replay it with `explain`.',
  'not-submitted': 'No request with the token was seen: pass `token`, or describe the request with `submittedWhen`.',
  'no-answer':
    'The site never answered the submission. Did the page navigate too soon, or is the site or the proxy slow?',
  'site-error': 'The site, or a challenge in front of it, answered only with errors. The token is not at fault.',
  'page-closed': 'The page was closed too soon: await `feedback.verdict` before you close it.',
  'page-crashed': 'The page or the browser crashed.',
  'predicate-error': 'A predicate threw or could not read its evidence: try it with `explain`.',
  stopped: 'The watch was stopped, or the process exited normally, before a verdict.',
  superseded: 'A second watch was armed on the same page: pass `token`, so that both can be told apart.',
  'no-rule': 'No rule of `sites` matches the page that submitted: add one, or widen its `match`.',
}

export const adviceOnUndecided = (reason: string) => ofUndecided[reason as UndecidedReason] ?? '' // a newer version may know more
