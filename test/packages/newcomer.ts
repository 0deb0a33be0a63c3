/**
 * What a new user writes, once for each way in: `node newcomer.ts playwright` logs in twice at a site of the sandbox,
 * with a token that it accepts and with one that it refuses, and prints the verdicts and what the API recorded.
 */
import { startSandbox } from '@regotcha-feedback/sandbox'

const sandbox = await startSandbox()
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_OUTBOX = 'memory'

interface Task {
  readonly taskId: string
  readonly token: string
}

const launchOptions = {
  ...(process.env.CHROMIUM_PATH && { executablePath: process.env.CHROMIUM_PATH }),
  args: ['--no-sandbox'],
}
const acceptedWhen = ({ url }: { url: string }) => url.endsWith('/dashboard')
const enter = (field: Element, token: string) => {
  ;(field as HTMLTextAreaElement).value = token
}

const ways = {
  async playwright({ taskId, token }: Task) {
    const { withRegotchaFeedback } = await import('@regotcha-feedback/playwright')
    const { chromium } = await import('playwright')
    const browser = await chromium.launch(launchOptions)
    const page = await browser.newPage()
    await page.goto(sandbox.url('form'))
    const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen })
    await page.locator('[name=g-recaptcha-response]').evaluate(enter, token)
    await page.click('button[type=submit]')
    console.log(String(await feedback.verdict))
    await feedback.delivery
    await browser.close()
  },

  async puppeteer({ taskId, token }: Task) {
    const { withRegotchaFeedback } = await import('@regotcha-feedback/puppeteer')
    const { default: puppeteer } = await import('puppeteer')
    const browser = await puppeteer.launch(launchOptions)
    const page = await browser.newPage()
    await page.goto(sandbox.url('form'))
    const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen })
    await page.$eval('[name=g-recaptcha-response]', enter, token)
    await page.click('button[type=submit]')
    console.log(String(await feedback.verdict))
    await feedback.delivery
    await browser.close()
  },

  async 'puppeteer-extra'({ taskId, token }: Task) {
    const { regotchaFeedback } = await import('puppeteer-extra-plugin-regotcha-feedback')
    const { addExtra } = await import('puppeteer-extra')
    const { default: vanilla } = await import('puppeteer')
    const puppeteer = addExtra(vanilla as unknown as Parameters<typeof addExtra>[0])
    puppeteer.use(regotchaFeedback({ acceptedWhen }))
    const browser = await puppeteer.launch(launchOptions)
    const page = await browser.newPage()
    await page.goto(sandbox.url('form'))
    const { feedback } = page.regotchaFeedback(taskId, { token })
    await page.$eval('[name=g-recaptcha-response]', enter, token)
    await page.click('button[type=submit]')
    console.log(String(await feedback.verdict))
    await feedback.delivery
    await browser.close()
  },

  async http({ taskId, token }: Task) {
    const { text, withRegotchaFeedback } = await import('@regotcha-feedback/http')
    const site = withRegotchaFeedback(fetch, taskId, { token, acceptedWhen: text('"success":true') })
    await site(`${sandbox.url('json')}login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'ada', captcha: token }),
    })
    console.log(String(await site.feedback.verdict))
    await site.feedback.delivery
  },
}

const visit = ways[process.argv[2] as keyof typeof ways]
for (const valid of [true, false]) await visit(sandbox.issueTask({ valid }))
console.log(`the API recorded: ${sandbox.feedback.map(({ valid }) => `valid ${valid}`).join(', ')}`)
await sandbox.close()
