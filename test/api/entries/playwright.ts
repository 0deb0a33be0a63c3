export { withRegotchaFeedback } from '../../../packages/playwright/src/index.ts'
