import './node-version.ts'

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
} from './delivery/outbox.ts'
export type { Pace } from './delivery/token-bucket.ts'
export type { Delivery } from './delivery/waiters.ts'
export { OptionError, RegotchaFeedbackError } from './error.ts'
export { createRegotchaFeedback, type RegotchaFeedback, type ReportOptions } from './feedback.ts'
export type { Failure, FeedbackEvents, WatchEnded } from './feedback-events.ts'
export { calledAs, checkOptions } from './options.ts'
export type { Watch, WatchDelivery } from './task-watch.ts'
export type { Solution, Token } from './token.ts'
export { type Answer, plainHeaders } from './watching/answer.ts'
export { captchaAgain, captchaRefused } from './watching/captcha.ts'
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
} from './watching/combinators.ts'
export { all, any, not } from './watching/composition.ts'
export { copiedText, largestBody, type Message } from './watching/copied-body.ts'
export { type KeptBodies, keepBodies, type ProtocolSession, readBody } from './watching/durable-bodies.ts'
export { type Evidence, EvidenceError, type Natives, noPage } from './watching/evidence.ts'
export type { Instrumentation } from './watching/instrumentation.ts'
export { withBodies } from './watching/late-bodies.ts'
export type { Solved } from './watching/lookout.ts'
export {
  type Attendance,
  type Dialect,
  type PageLike,
  type PageNatives,
  type PagesNatives,
  pageSource,
  type RequestLike,
  type ResponseLike,
} from './watching/page.ts'
export type { Predicate } from './watching/predicate.ts'
export type { SitesOptions } from './watching/site-rules.ts'
export type { Predicates, SiteRule } from './watching/sites.ts'
export {
  listen,
  type ObservedNavigation,
  type ObservedRequest,
  type ObservedResponse,
  type Observer,
  readable,
  type Source,
  type Sources,
} from './watching/source.ts'
export type { UndecidedReason, Verdict, Why } from './watching/verdict.ts'
export {
  type JudgeOptions,
  type LookoutOptions,
  lookoutOptions,
  type SubmissionOptions,
  type WatchOptions,
} from './watching/watch-options.ts'
