/** From a hand-written `if` to a watch: the same visit, judged both ways. The password is wrong, and the token good. */
import { createRegotchaFeedback, url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { chromium, type Page } from 'playwright'
import { finish, launchOptions, sandbox, solve } from './surroundings.ts'

async function byHand(page: Page): Promise<void> {
  const { taskId, token } = await solve()
  await signIn(page, token)
  await page.waitForLoadState()
  const valid = page.url().endsWith('/dashboard')
  await report(taskId, valid)
  console.log(`by hand: ${valid}`)
}

async function watched(page: Page): Promise<void> {
  const { taskId, token } = await solve()
  const { feedback } = withRegotchaFeedback(page, taskId, {
    token,
    acceptedWhen: url('**/dashboard'),
    verdictTimeout: 2_000, // a short time for a short example
    feedback: createRegotchaFeedback(),
  })
  await signIn(page, token)
  console.log(`watched: ${await feedback.verdict}`)
}

async function report(taskId: string, valid: boolean): Promise<void> {
  const { REGOTCHA_CLIENT_KEY: clientKey } = process.env
  await fetch(`${sandbox.apiURL}/feedbackTask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ clientKey, taskId, result: { valid } }),
  })
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.goto(sandbox.url('wrong-password'))
  const field = page.locator('[name=g-recaptcha-response]')
  await field.evaluate((field: HTMLTextAreaElement, token) => (field.value = token), token)
  await page.click('button[type=submit]')
}

const browser = await chromium.launch(launchOptions)
await byHand(await browser.newPage())
await watched(await browser.newPage())
await browser.close()
await finish()
