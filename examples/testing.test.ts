/** Your own crawler against the sandbox: sites that accept and reject, and what the API received. */
import { sharedRegotchaFeedback } from '@regotcha-feedback/playwright'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { afterAll, afterEach, expect, test } from 'vitest'
import { signIn } from './crawl.ts'

const sandbox = await startSandbox()
process.env.REGOTCHA_BASE_URL = sandbox.apiURL
process.env.REGOTCHA_CLIENT_KEY = sandbox.clientKey
process.env.REGOTCHA_OUTBOX = 'memory'

const browser = await chromium.launch({
  ...(process.env.CHROMIUM_PATH && { executablePath: process.env.CHROMIUM_PATH }),
  args: ['--no-sandbox'],
})
afterAll(() => Promise.all([browser.close(), sandbox.close()]))

// As at the end of a crawl. The next test has a new client, with a pace of its own: a third feedback would wait 15 s.
afterEach(() => sharedRegotchaFeedback().close())

test.each([true, false])('a token that is valid: %s is reported as such', async (valid) => {
  const page = await browser.newPage()
  const task = sandbox.issueTask({ valid })
  const feedback = await signIn(page, sandbox.url('form'), async () => task)
  await feedback.delivery
  expect(sandbox.feedback).toContainEqual(expect.objectContaining({ taskId: task.taskId, valid }))
})

test('a site that is broken is not blamed on the token', async () => {
  const page = await browser.newPage()
  const task = sandbox.issueTask()
  const feedback = await signIn(page, sandbox.url('broken'), async () => task)
  await page.close()
  expect(await feedback.verdict).toMatchObject({ kind: 'undecided' })
  expect(sandbox.feedback.filter(({ taskId }) => taskId === task.taskId)).toEqual([])
})

test('an answer of the API that is lost is asked for again', async () => {
  sandbox.fault({ kind: 'reset-after-recording' })
  const page = await browser.newPage()
  const feedback = await signIn(page, sandbox.url('form'), async () => sandbox.issueTask())
  expect(await feedback.delivery).toEqual({ kind: 'delivered', by: 'confirmed', attempts: 2 })
})
