/** Plain Puppeteer: the same call. */

import { url, withRegotchaFeedback } from '@regotcha-feedback/puppeteer'
import puppeteer from 'puppeteer'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const browser = await puppeteer.launch(launchOptions)
const page = await browser.newPage()
await page.goto(loginPage)
const { taskId, token } = await solve()

const { feedback } = withRegotchaFeedback(page, taskId, {
  token,
  acceptedWhen: url('**/dashboard'),
  rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
})
await page.$eval('[name=g-recaptcha-response]', (field, t) => ((field as HTMLTextAreaElement).value = t), token)
await page.click('button[type=submit]')

console.log(String(await feedback.verdict))
await feedback.delivery
await browser.close()
await finish()
