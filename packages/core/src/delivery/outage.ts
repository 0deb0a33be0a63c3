import type { Clock } from '../clock.ts'

/** Between two tries of a store that cannot be used, in ms. */
export const retryInterval = 1000
/** For how long a store must work before its next failure is told of, in ms. */
const quiet = 60_000

/**
 * The time in which a store cannot be used. It is tried again once a second, and told of once: again only after a
 * minute without failure.
 * @param trouble - is told in a sentence.
 */
export function createOutage(clock: Clock, trouble: (sentence: string) => void) {
  let isOn = false
  let failedAt = Number.NEGATIVE_INFINITY
  const passed = (ms: number) => Math.abs(clock.now() - failedAt) >= ms // also when the clock was set back

  return {
    isOn: () => isOn,
    /** Whether a store that is out may be tried again. */
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
