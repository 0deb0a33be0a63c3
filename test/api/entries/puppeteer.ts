export { withRegotchaFeedback } from '../../../packages/puppeteer/src/index.ts'
