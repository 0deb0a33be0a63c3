/** `@regotcha-feedback/core/adapter`: exports for authors of adapters. */
export {
  type AdapterOptions,
  armWatch,
  feedbackObject,
  lookOut,
  type PlaceOptions,
  sharedRegotchaFeedback,
} from './adapter.ts'
export { plainHeaders } from './answer/answer.ts'
export { copiedText, largestBody, type Message } from './answer/copied-body.ts'
export { systemClock } from './clock.ts'
export { feedbackOptions } from './configuration.ts'
export { calledAs, checkOptions } from './options.ts'
export type {
  Attendance,
  Dialect,
  PageLike,
  PageNatives,
  PagesNatives,
  RequestLike,
  ResponseLike,
} from './page/dialect.ts'
export { keepBodies, type ProtocolSession, readBody } from './page/durable-bodies.ts'
export type { Instrumentation } from './page/hub.ts'
export { withBodies } from './page/late-bodies.ts'
export { pageSource } from './page/page.ts'
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
export { noPage } from './predicates/evidence.ts'
export { lookoutOptions } from './watch/watch-options.ts'
