/** Predicates put together from parts, the same for every library; the verdict says which held. */
import { all, any, json, not, status, text, url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { chromium } from 'playwright'
import { z } from 'zod'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const browser = await chromium.launch(launchOptions)
const page = await browser.newPage()
await page.goto(loginPage)
const { taskId, token } = await solve()

const { feedback } = withRegotchaFeedback(page, taskId, {
  token,
  acceptedWhen: any(all(url('**/dashboard'), not(status('5xx'))), json(z.object({ success: z.literal(true) }))),
  rejectedWhen: text(/wrong captcha/i),
})
await page.locator('[name=g-recaptcha-response]').evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
await page.click('button[type=submit]')

console.log(String(await feedback.verdict))
await feedback.delivery
await browser.close()
await finish()
