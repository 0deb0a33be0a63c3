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

/** How to infer a verdict, and who delivers it. */
export interface FixtureOptions extends Partial<WatchOptions<PageNatives<Page>>> {
  /** Default: one that a worker's tests share, made from `REGOTCHA_CLIENT_KEY`; without a key, a dry run. */
  readonly feedback?: RegotchaFeedback | undefined
}

export interface Fixtures {
  /** What every watch takes for granted; set it with `test.use`, or in the configuration's `use`. */
  regotchaFeedbackOptions: FixtureOptions
  /**
   * `withRegotchaFeedback` of the test's page; returns the watch. The end of the test waits for its verdict at most 5 s,
   * and as long for its delivery. Both are attached to the test's report; neither fails the test.
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
        // Whether `acceptedWhen` may be missing is checked at the door: a feedback object may have rules for the site.
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
    { timeout: 0 }, // it bounds itself, and takes nothing of the test's own time
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
