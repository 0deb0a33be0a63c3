/** A crawler as you might have one, for the test beside it. */
import { url, withRegotchaFeedback } from '@regotcha-feedback/playwright'
import type { Page } from 'playwright'

/** Signs in at `address`; `solve` buys a token. */
export async function signIn(page: Page, address: string, solve: () => Promise<{ taskId: string; token: string }>) {
  await page.goto(address)
  const { taskId, token } = await solve()
  const { feedback } = withRegotchaFeedback(page, taskId, {
    token,
    acceptedWhen: url('**/dashboard'),
    rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
  })
  await page
    .locator('[name=g-recaptcha-response]')
    .evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
  await page.click('button[type=submit]')
  return feedback
}
