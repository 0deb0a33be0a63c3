/** A browser that is watched as a whole: where captchas are solved, one line; at the pages, none. */
import { createRegotchaFeedback, url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import { chromium, type Page } from 'playwright'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

const feedback = createRegotchaFeedback()
const browser = withRegotchaFeedback(await chromium.launch(launchOptions), {
  acceptedWhen: url('**/dashboard'),
  feedback,
})

/** The crawler's own, wherever its tokens come from. */
async function solveCaptcha(): Promise<string> {
  const { taskId, token } = await solve()
  const { verdict } = feedback.solved({ taskId, token })
  void verdict.then((verdict) => console.log(String(verdict)))
  return token
}

/** The crawler's pages, as they were. */
async function signIn(page: Page): Promise<void> {
  await page.goto(loginPage)
  const token = await solveCaptcha()
  const field = page.locator('[name=g-recaptcha-response]')
  await field.evaluate((field: HTMLTextAreaElement, token) => (field.value = token), token)
  await page.click('button[type=submit]')
  await page.waitForURL('**/dashboard')
}

await signIn(await browser.newPage())

await feedback.close() // what has arrived is judged and delivered
await browser.close()
await finish()
