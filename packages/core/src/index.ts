import './node-version.ts'

export type { Acceptance, AcceptanceAlert, AcceptanceFilter } from './acceptance.ts'
export {
  type AdapterOptions,
  armWatch,
  feedbackObject,
  lookOut,
  type PlaceOptions,
  settled,
  sharedRegotchaFeedback,
} from './adapter.ts'
export { type Clock, systemClock } from './clock.ts'
export { feedbackOptions, localOutbox, type RegotchaFeedbackOptions } from './configuration.ts'
export type { FlushReport } from './delivery/delivery.ts'
export { createMemoryOutbox } from './delivery/memory-outbox.ts'
export { createOutage, retryInterval } from './delivery/outage.ts'
export {
  type Added,
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  type Ending,
  type Feedback,
  type LocalPlace,
  longestWait,
  type OpenOutbox,
  type Origin,
  type Outbox,
  type OutboxEvent,
  type OutboxSetting,
  type ToldEnding,
  type Undecided,
  type VerdictCounts,
  type VerdictFilter,
} from './delivery/outbox.ts'
export type { Pace } from './delivery/token-bucket.ts'
export type { Delivery } from './delivery/waiters.ts'
export { OptionError, RegotchaFeedbackError } from './error.ts'
export { createRegotchaFeedback, type RegotchaFeedback, type ReportOptions } from './feedback.ts'
export type { Failure, FeedbackEvents, SiteAcceptance, WatchEnded } from './feedback-events.ts'
export type { UndecidedReason, Verdict, Why } from './inference/verdict.ts'
export { calledAs, checkOptions } from './options.ts'
export { type KeptBodies, keepBodies, type ProtocolSession, readBody } from './page/durable-bodies.ts'
export type { Instrumentation } from './page/instrumentation.ts'
export { withBodies } from './page/late-bodies.ts'
export {
  type Attendance,
  type Dialect,
  type PageLike,
  type PageNatives,
  type PagesNatives,
  pageSource,
  type RequestLike,
  type ResponseLike,
} from './page/page.ts'
export {
  listen,
  type ObservedNavigation,
  type ObservedRequest,
  type ObservedResponse,
  type Observer,
  readable,
  type Source,
  type Sources,
} from './page/source.ts'
export { unlisted } from './page/unlisted.ts'
export { captchaAgain, captchaRefused } from './predicates/captcha.ts'
export {
  type Combinator,
  cookie,
  header,
  json,
  status,
  text,
  type UrlPattern,
  url,
  visible,
} from './predicates/combinators.ts'
export { all, any, not } from './predicates/composition.ts'
export { type Evidence, EvidenceError, type Natives, noPage } from './predicates/evidence.ts'
export type { Predicate } from './predicates/predicate.ts'
export type { SitesOptions } from './predicates/site-rules.ts'
export type { Predicates, SiteRule } from './predicates/sites.ts'
export type { Watch, WatchDelivery } from './task-watch.ts'
export type { Solution, Token } from './token.ts'
export { type Answer, plainHeaders } from './watch/answer.ts'
export { copiedText, largestBody, type Message } from './watch/copied-body.ts'
export type { Solved } from './watch/token-watcher.ts'
export {
  type JudgeOptions,
  type LookoutOptions,
  lookoutOptions,
  type SubmissionOptions,
  type WatchOptions,
} from './watch/watch-options.ts'
