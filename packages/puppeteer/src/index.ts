export {
  createRegotchaFeedback,
  type Evidence,
  OptionError,
  type RegotchaFeedback,
  sharedRegotchaFeedback,
  type Verdict,
  type Watch,
} from '@regotcha-feedback/core'
export { type PuppeteerPage, withRegotchaFeedback } from './page.ts'
export { type PluginOptions, regotchaFeedback } from './plugin.ts'
