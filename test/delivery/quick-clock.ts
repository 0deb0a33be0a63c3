import { systemClock } from '../../packages/core/src/clock.ts'

const start = Date.now()

/** Runs ten times as fast, for tests that wait for another attempt over real HTTP. */
export const quickClock: typeof systemClock = {
  now: () => start + 10 * (Date.now() - start),
  after: (ms, run, options) => systemClock.after(ms / 10, run, options),
}
