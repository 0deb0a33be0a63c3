import { url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'

const sandbox = await startSandbox()
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_OUTBOX = 'memory'

const browser = await chromium.launch()
for (const valid of [true, false]) {
  const { taskId, token } = sandbox.issueTask({ valid })
  const page = await browser.newPage()
  await page.goto(sandbox.url('form'))
  const { feedback } = withRegotchaFeedback(page, taskId, {
    token,
    acceptedWhen: url('**/dashboard'),
  })
  await page
    .locator('[name=g-recaptcha-response]')
    .evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
  await page.click('button[type=submit]')
  console.log(String(await feedback.verdict))
  await feedback.delivery
}
await browser.close()
console.log('recorded:', sandbox.feedback.map(({ valid }) => valid).join(', '))
await sandbox.close()
