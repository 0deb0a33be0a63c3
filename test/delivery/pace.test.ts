/** Feedback must leave enough of a key's rate limit: solving must never be refused because of feedback. */
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { expect, test } from 'vitest'
import { standingClock } from './standing-clock.ts'

const minute = 60_000
/** A `createTask` and five `getTaskResult`, as the vendor advises to poll. */
const requestsOfTask = 6
/** How many tasks the API's 30 requests a minute allow if each task's feedback is a seventh request. */
const tasksAMinute = 4

test('by default, a solver at full speed is never rate-limited, not even while an outage’s backlog is delivered', async () => {
  const clock = standingClock()
  await using sandbox = await startSandbox({ now: clock.now })
  const { clientKey, apiURL: baseURL } = sandbox
  const endOutage = sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const feedback = createRegotchaFeedback({ clientKey, baseURL, clock, outbox: 'memory' })
  const report = () => void feedback.report(sandbox.issueTask().taskId, true)
  for (let i = 0; i < 40; i++) report()
  await fetch(sandbox.siteURL) // attempts are in flight
  endOutage()

  const step = minute / tasksAMinute / requestsOfTask
  const refusals: unknown[] = []
  /** The sandbox counts no other path, so this requests an unknown task. */
  async function solve() {
    const answer = await fetch(`${baseURL}/feedbackTask`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientKey, taskId: 'solving', result: { valid: true } }),
    })
    const { errorCode } = (await answer.json()) as { errorCode?: string }
    if (errorCode === 'ERROR_RATE_LIMIT') refusals.push(errorCode)
  }
  for (let at = 0; at < 20 * minute; at += step) {
    await solve()
    if (at % (requestsOfTask * step) === 0) report()
    clock.move(step)
    await settled(() => sandbox.requests.length)
  }
  void feedback.close({ timeout: 1 })
  expect(refusals).toHaveLength(0)
  expect(sandbox.feedback.length).toBeGreaterThan(19 * tasksAMinute)
})

/** Waits until requests in flight on loopback are answered. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1, quiet = 0; quiet < 3; quiet = count() === before ? quiet + 1 : 0) {
    before = count()
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
