import { url, withRegotchaFeedback } from '@regotcha-feedback/puppeteer'
import { startSandbox } from '@regotcha-feedback/sandbox'
import puppeteer from 'puppeteer'

const sandbox = await startSandbox()
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_OUTBOX = 'memory'

const browser = await puppeteer.launch()
for (const valid of [true, false]) {
  const { taskId, token } = sandbox.issueTask({ valid })
  const page = await browser.newPage()
  await page.goto(sandbox.url('form'))
  const { feedback } = withRegotchaFeedback(page, taskId, {
    token,
    acceptedWhen: url('**/dashboard'),
  })
  await page.$eval('[name=g-recaptcha-response]', (field, t) => ((field as HTMLTextAreaElement).value = t), token)
  await page.click('button[type=submit]')
  console.log(String(await feedback.verdict))
  await feedback.delivery
}
await browser.close()
console.log('recorded:', sandbox.feedback.map(({ valid }) => valid).join(', '))
await sandbox.close()
