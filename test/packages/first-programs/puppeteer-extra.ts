import { startSandbox } from '@regotcha-feedback/sandbox'
import vanillaPuppeteer from 'puppeteer'
import { addExtra, type VanillaPuppeteer } from 'puppeteer-extra'
import { regotchaFeedback, url } from 'puppeteer-extra-plugin-regotcha-feedback'

const sandbox = await startSandbox()
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_OUTBOX = 'memory'

const puppeteer = addExtra(vanillaPuppeteer as unknown as VanillaPuppeteer)
puppeteer.use(regotchaFeedback({ acceptedWhen: url('**/dashboard') }))

const browser = await puppeteer.launch()
for (const valid of [true, false]) {
  const { taskId, token } = sandbox.issueTask({ valid })
  const page = await browser.newPage()
  await page.goto(sandbox.url('form'))
  const { feedback } = page.regotchaFeedback(taskId, { token })
  await page.$eval('[name=g-recaptcha-response]', (field, t) => ((field as HTMLTextAreaElement).value = t), token)
  await page.click('button[type=submit]')
  console.log(String(await feedback.verdict))
  await feedback.delivery
}
await browser.close()
console.log('recorded:', sandbox.feedback.map(({ valid }) => valid).join(', '))
await sandbox.close()
