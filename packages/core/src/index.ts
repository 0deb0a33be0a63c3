import './node-version.ts'

export type { Acceptance, AcceptanceAlert, AcceptanceFilter } from './acceptance.ts'
export { type AdapterOptions, type PlaceOptions, settled, sharedRegotchaFeedback } from './adapter.ts'
export type { Answer } from './answer/answer.ts'
export type { Clock } from './clock.ts'
export type { RegotchaFeedbackOptions } from './configuration.ts'
export type { FlushReport } from './delivery/delivery.ts'
export type { Pace } from './delivery/token-bucket.ts'
export type { Delivery } from './delivery/waiters.ts'
export { OptionError, RegotchaFeedbackError } from './error.ts'
export { createRegotchaFeedback } from './feedback.ts'
export type { Failure, FeedbackEvents, SiteAcceptance, WatchEnded } from './feedback-events.ts'
export type { UndecidedReason, Verdict, Why } from './inference/verdict.ts'
export type { PageNatives, PagesNatives } from './page/dialect.ts'
export type { SentRequest } from './page/source.ts'
export { captchaAgain, captchaRefused } from './predicates/captcha.ts'
export {
  type Combinator,
  cookie,
  header,
  json,
  status,
  text,
  url,
  visible,
} from './predicates/combinators.ts'
export { all, any, not } from './predicates/composition.ts'
export { type Evidence, EvidenceError, type Natives } from './predicates/evidence.ts'
export type { Predicate } from './predicates/predicate.ts'
export type { SitesOptions } from './predicates/site-rules.ts'
export type { Predicates, SiteRule } from './predicates/sites.ts'
export type { UrlPattern } from './predicates/url-pattern.ts'
export { when } from './predicates/when.ts'
export type { RegotchaFeedback, ReportOptions } from './regotcha-feedback.ts'
export type { Watch, WatchDelivery } from './task-watch.ts'
export type { Solution, Token } from './token.ts'
export type { Solved } from './watch/token-watcher.ts'
export type { JudgeOptions, LookoutOptions, SubmissionOptions, WatchOptions } from './watch/watch-options.ts'
