export { type PluginOptions, regotchaFeedback } from '../../../packages/puppeteer-extra/src/index.ts'
