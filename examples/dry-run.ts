/** Trying predicates before they are trusted: everything is inferred, nothing is sent, no key is needed. */
import { createRegotchaFeedback, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { chromium } from 'playwright'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const browser = await chromium.launch(launchOptions)
const page = await browser.newPage()
await page.goto(loginPage)
const { taskId, token } = await solve()

const { feedback } = withRegotchaFeedback(page, taskId, {
  token,
  acceptedWhen: ({ url }) => url.endsWith('/welcome'), // wrong: the site goes to /dashboard
  rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
  verdictTimeout: 2_000,
  feedback: createRegotchaFeedback({ dryRun: true }),
})
await page.locator('[name=g-recaptcha-response]').evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
await page.click('button[type=submit]')

const verdict = await feedback.verdict
console.log(String(verdict))
for (const line of verdict.why.trail) console.log(`  ${line}`)
await browser.close()
await finish()
