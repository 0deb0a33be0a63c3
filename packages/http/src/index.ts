export {
  all,
  any,
  type Combinator,
  createRegotchaFeedback,
  type Evidence,
  header,
  json,
  not,
  OptionError,
  type RegotchaFeedback,
  settled,
  status,
  text,
  url,
  type Verdict,
  type Watch,
} from '@regotcha-feedback/core'
export { sharedRegotchaFeedback } from '@regotcha-feedback/core/adapter'
export { type FetchLike, type ResponseLike, withRegotchaFeedback } from './fetch.ts'
