import { expect, test, vi } from 'vitest'
import { createRegotchaFeedback, type PlaywrightContext, withRegotchaFeedback } from './index.ts'

test('finds a new context although the browser has no event for it, as in Playwright before 1.60', () => {
  vi.useFakeTimers()
  const contexts: PlaywrightContext[] = []
  const feedback = createRegotchaFeedback({ dryRun: true })
  withRegotchaFeedback({ on() {}, off() {}, contexts: () => contexts }, { acceptedWhen: () => true, feedback })
  const watch = feedback.solved({ taskId: 'task', token: 'a token that is long enough' })

  const [on, off] = [vi.fn(), vi.fn()]
  contexts.push({ on, off, pages: () => [], newCDPSession: undefined })
  vi.advanceTimersByTime(1_000)
  expect(on.mock.calls).toEqual([['page', expect.any(Function)]])

  watch.stop()
  expect(off.mock.calls).toEqual(on.mock.calls)
  expect(vi.getTimerCount()).toBe(0)
})
