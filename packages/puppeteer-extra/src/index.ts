export * from '@regotcha-feedback/puppeteer'
export { type PageOptions, type PluginOptions, regotchaFeedback } from './plugin.ts'
