export {
  all,
  any,
  type Combinator,
  cookie,
  createRegotchaFeedback,
  type Evidence,
  header,
  json,
  not,
  OptionError,
  type RegotchaFeedback,
  settled,
  sharedRegotchaFeedback,
  status,
  text,
  url,
  type Verdict,
  visible,
  type Watch,
} from '@regotcha-feedback/core'
export { type PuppeteerPage, withRegotchaFeedback } from './page.ts'
export { type PluginOptions, regotchaFeedback } from './plugin.ts'
