/** Playwright without its page: `page.request` sends the token with the browser's cookies. */
import { createRegotchaFeedback, text, url } from '@regotcha-feedback/playwright'
import { chromium } from 'playwright'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const feedback = createRegotchaFeedback()
const browser = await chromium.launch(launchOptions)
const page = await browser.newPage()

const { taskId, token } = await solve()
const response = await page.request.post(`${loginPage}login`, {
  form: { username: 'ada', 'g-recaptcha-response': token },
})
const { verdict } = feedback.judge(taskId, response, {
  acceptedWhen: url('**/dashboard'), // where the site redirected to
  rejectedWhen: text(/wrong captcha/i),
})
console.log(String(await verdict))

await browser.close()
await feedback.close()
await finish()
