export { type PluginOptions, regotchaFeedback, withRegotchaFeedback } from '../../../packages/puppeteer/src/index.ts'
