/** Run by Playwright Test, for `fixture.test.ts` to read the report. */

import type { Page } from '@playwright/test'
import { createRegotchaFeedback } from '@regotcha-feedback/playwright'
import { expect, test } from '@regotcha-feedback/playwright/test'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'

const sandbox = await startSandbox()
const feedback = createRegotchaFeedback({
  clientKey: sandbox.clientKey,
  baseURL: sandbox.apiURL,
  pace: { perMinute: 30, burst: 30 },
})
test.afterAll(async () => {
  await feedback.close()
  await sandbox.close()
})

test.use({
  launchOptions: { executablePath: findChromium() ?? '', args: chromiumArgs },
  regotchaFeedbackOptions: {
    feedback,
    acceptedWhen: ({ url }) => url.endsWith('/dashboard'),
    rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
  },
})

async function submit(page: Page, token: string) {
  await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
  await page.click('button[type=submit]', { noWaitAfter: true })
}

test('a bad token', async ({ page, regotchaFeedback }) => {
  const { taskId, token } = sandbox.issueTask({ valid: false })
  await page.goto(sandbox.url('form'))
  regotchaFeedback(taskId, { token })
  await submit(page, token)
})

test('two captchas', async ({ page, regotchaFeedback }) => {
  for (const site of ['form', 'redirect-303'] as const) {
    const { taskId, token } = sandbox.issueTask()
    await page.goto(sandbox.url(site))
    regotchaFeedback(taskId, { token })
    await submit(page, token)
    await expect(page).toHaveURL(/dashboard/)
  }
})

test('no answer', async ({ page, regotchaFeedback }) => {
  const { taskId, token } = sandbox.issueTask()
  await page.goto(sandbox.url('silent'))
  regotchaFeedback(taskId, { token })
  await submit(page, token)
})

test('a page that is closed', async ({ page, regotchaFeedback }) => {
  regotchaFeedback(sandbox.issueTask().taskId)
  await page.close()
})

test('options of the call', async ({ page, regotchaFeedback }) => {
  const { taskId, token } = sandbox.issueTask()
  await page.goto(sandbox.url('form'))
  expect(() => regotchaFeedback('', { token })).toThrow('`taskId`: expected')
  regotchaFeedback(taskId, { token, feedback: undefined }) // no key in the environment
  await submit(page, token)
})

test('no time left', async ({ page, regotchaFeedback }, testInfo) => {
  const { taskId, token } = sandbox.issueTask()
  await page.goto(sandbox.url('slow-answer'))
  regotchaFeedback(taskId, { token })
  await submit(page, token)
  testInfo.setTimeout(1)
  await new Promise(() => {})
})
