import { setTimeout as sleep } from 'node:timers/promises'
import { test as base, type Page, type TestInfo } from '@playwright/test'
import type { AdapterOptions, PageNatives, WatchOptions } from '@regotcha-feedback/core'
import { calledAs, checkOptions, feedbackOptions } from '@regotcha-feedback/core/adapter'
import {
  createRegotchaFeedback,
  type RegotchaFeedback,
  settled,
  sharedRegotchaFeedback,
  type Watch,
  withRegotchaFeedback,
} from './index.ts'

export { expect } from '@playwright/test'

/** How to infer a verdict, and which client delivers it. */
export interface FixtureOptions extends Partial<WatchOptions<PageNatives<Page>>> {
  /**
   * The client that delivers. Default: one that a worker's tests share, created from `REGOTCHA_CLIENT_KEY`. Without a
   * key, it is a dry run.
   */
  readonly feedback?: RegotchaFeedback | undefined
}

export interface Fixtures {
  /** Default options of every watch. Set them with `test.use`, or in the configuration's `use`. */
  regotchaFeedbackOptions: FixtureOptions
  /**
   * Calls `withRegotchaFeedback` with the test's page, and returns the watch. At the end, the test waits at most 5 s for the
   * verdict and 5 s for its delivery. Both are attached to the test's report. Neither fails the test.
   * @throws {OptionError} at once, naming each wrong option.
   */
  regotchaFeedback: (taskId: string, options?: FixtureOptions) => Watch
}

/** In ms. */
const patience = 5_000

/**
 * Playwright Test's `test`, with a fixture that watches the test's page.
 * @example
 * test('signs in', async ({ page, regotchaFeedback }) => {
 *   regotchaFeedback(taskId, { token, acceptedWhen: url('**\/dashboard') })
 *   …
 * })
 */
export const test = base.extend<Fixtures>({
  regotchaFeedbackOptions: [{}, { option: true }],
  regotchaFeedback: [
    async ({ page, regotchaFeedbackOptions }, use, testInfo) => {
      const watches: Watch[] = []
      await use((taskId, own) => {
        const all = { ...regotchaFeedbackOptions, ...own }
        const feedback = all.feedback ?? feedbackOfEnvironment()
        // `acceptedWhen` may be missing if the client has `sites`; core checks that.
        const options = { ...all, feedback } as AdapterOptions<PageNatives<Page>>
        const watched = calledAs('regotchaFeedback', () => withRegotchaFeedback(page, taskId, options))
        watches.push(watched.feedback)
        return watched.feedback
      })
      await settled(page, { timeout: patience })
      for (const watch of watches) watch.stop()
      const late = sleep(patience, { kind: 'pending' }, { ref: false })
      await Promise.all(watches.map((watch) => attachTo(testInfo, watch, late)))
    },
    { timeout: 0 }, // it has its own limits, and does not use up the test's timeout
  ],
})

function feedbackOfEnvironment(): RegotchaFeedback {
  const { clientKey } = checkOptions('regotchaFeedback', feedbackOptions, { dryRun: true })
  return clientKey ? sharedRegotchaFeedback() : createRegotchaFeedback({ dryRun: true })
}

async function attachTo(testInfo: TestInfo, watch: Watch, late: Promise<object>): Promise<void> {
  const { taskId } = watch
  const verdict = await watch.verdict
  const delivery = await Promise.race([watch.delivery, late])
  const sentence = String(verdict)
  testInfo.annotations.push({ type: 'regotcha-feedback', description: sentence })
  await testInfo.attach(`regotcha-feedback ${taskId}`, {
    contentType: 'application/json',
    body: JSON.stringify({ taskId, sentence, verdict, delivery }, null, 2),
  })
}
