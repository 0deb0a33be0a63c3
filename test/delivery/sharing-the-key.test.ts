/** Solving and feedback share a key's 30 requests a minute: feedback at the default pace does not starve solving. */
import { type Clock, createRegotchaFeedback } from '@regotcha-feedback/core'
import { createTaskPath, taskResultPath } from '@regotcha-feedback/core/solver-wire'
import { feedbackPath } from '@regotcha-feedback/core/wire'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { expect, test } from 'vitest'

test('a key that solves at full speed and reports each task never exceeds its rate limit', async () => {
  let now = 1_800_000_000_000
  const clock: Clock = { now: () => now, after: () => () => {} }
  await using sandbox = await startSandbox({ now: () => now })
  await using feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL, clock })
  sandbox.scriptTask({ processing: 30_000 }, Number.POSITIVE_INFINITY)

  const call = async (path: string, body: object) => {
    const response = await fetch(sandbox.apiURL + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ clientKey: sandbox.clientKey, ...body }),
    })
    return response.json()
  }

  /** Ten minutes of four tasks a minute, each polled as the vendor advises: after 10 s, then every 5 s. */
  const createdAt = new Map<string, number>()
  for (let second = 0; second < 600; second += 5) {
    for (const [taskId, from] of createdAt) {
      if (second - from < 10) continue
      const { status } = await call(taskResultPath, { taskId })
      if (status !== 'ready') continue
      createdAt.delete(taskId)
      expect(await feedback.report(taskId, true)).toMatchObject({ kind: 'delivered', attempts: 1 })
    }
    if (second % 15 === 0) {
      const { taskId } = await call(createTaskPath, { task: { type: 'RecaptchaV2TaskProxyless' } })
      createdAt.set(taskId, second)
    }
    now += 5_000
  }

  const requests = Map.groupBy(sandbox.requests, ({ path }) => path)
  expect(requests.get(createTaskPath)).toHaveLength(40)
  expect(requests.get(feedbackPath)).toHaveLength(38) // the last two are being solved
  expect(sandbox.requests.filter(({ errorCode }) => errorCode === 'ERROR_RATE_LIMIT')).toEqual([])
})
