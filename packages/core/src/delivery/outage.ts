import type { Clock } from '../clock.ts'

/** The wait between two tries of a store that can't be used, in ms. */
export const retryInterval = 1000
/** How long a store must work before its next failure is reported, in ms. */
const quiet = 60_000

/**
 * A time in which a store can't be used. The store is tried again once a second. The outage is reported once, and again
 * only after a minute without failure.
 * @param trouble - called with a sentence that reports the outage.
 */
export function createOutage(clock: Clock, trouble: (sentence: string) => void) {
  let isOn = false
  let failedAt = Number.NEGATIVE_INFINITY
  const passed = (ms: number) => Math.abs(clock.now() - failedAt) >= ms // also when the clock was set back

  return {
    isOn: () => isOn,
    /** Whether a failing store may be tried again. */
    mayRetry: () => !isOn || passed(retryInterval),
    fail(sentence: string): void {
      const isNews = passed(quiet)
      isOn = true
      failedAt = clock.now()
      if (isNews) trouble(sentence)
    },
    end(): void {
      isOn = false
    },
  }
}
