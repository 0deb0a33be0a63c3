/** The fixture of Playwright Test: compiled, run by nobody. */
import { expect, test } from '@regotcha-feedback/playwright/test'

test('signs in', async ({ page, regotchaFeedback }) => {
  const watch = regotchaFeedback('task', { acceptedWhen: () => true })
  const verdict = await watch.verdict
  expect(verdict.kind).toBe('accepted')
  // @ts-expect-error a task id that is a number
  regotchaFeedback(7)
  await page.close()
})
