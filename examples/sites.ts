/** Predicates for many sites in one place: the page that submits says which count. */
import { createRegotchaFeedback, text, url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { chromium } from 'playwright'
import { finish, launchOptions, sandbox } from './surroundings.ts'

const feedback = createRegotchaFeedback({
  sites: [
    { match: '**/form/**', acceptedWhen: url('**/dashboard'), rejectedWhen: text(/wrong captcha/i) },
    { match: /\/json\//, acceptedWhen: text('"success":true'), rejectedWhen: text('"success":false') },
  ],
})

const browser = await chromium.launch(launchOptions)
const visits = [
  { site: 'form', valid: true },
  { site: 'json', valid: false },
  { site: 'mirror', valid: true },
] as const
for (const { site, valid } of visits) {
  await using page = await browser.newPage()
  await page.goto(sandbox.url(site))
  const { taskId, token } = sandbox.issueTask({ valid })
  const watch = withRegotchaFeedback(page, taskId, { token, feedback }).feedback
  await page
    .locator('[name=g-recaptcha-response]')
    .evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
  await page.click('button[type=submit]')
  console.log(`${site}: ${await watch.verdict}`)
  await watch.delivery
}
await browser.close()
await finish()
