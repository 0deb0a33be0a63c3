/** Playwright Test: a fixture watches the test's page, and the verdict stands in the test's report. */
import { url } from '@regotcha-feedback/playwright'
import { expect, test } from '@regotcha-feedback/playwright/test'
import { finish, launchOptions, loginPage, solve } from './surroundings.ts'

test.use({
  launchOptions,
  regotchaFeedbackOptions: { acceptedWhen: url('**/dashboard') },
})

test('signs in', async ({ page, regotchaFeedback }) => {
  await page.goto(loginPage)
  const { taskId, token } = await solve()

  regotchaFeedback(taskId, { token })
  await page
    .locator('[name=g-recaptcha-response]')
    .evaluate((field: HTMLTextAreaElement, t) => (field.value = t), token)
  await page.click('button[type=submit]')

  await expect(page).toHaveURL(/dashboard/)
})

test.afterAll(finish)
