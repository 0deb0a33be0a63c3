import type { Clock } from '@regotcha-feedback/core'

/** Time as the recording tells it. */
export interface ReplayClock extends Clock {
  /** Fulfils when that moment is reached. */
  reach(at: number): Promise<void>
  /** Goes on to a moment: what is due until then runs in order, and `settled` is awaited after each. */
  advance(to: number, settled: () => Promise<void>): Promise<void>
  /** When the next thing is due. */
  next(): number | undefined
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

export function createReplayClock(start: number): ReplayClock {
  let now = start
  /** By when they are due; those that are due together, in the order in which they were set. */
  const timers: Timer[] = []

  function after(ms: number, run: () => void): () => void {
    const timer = { at: now + ms, run }
    timers.splice(timers.findLastIndex(({ at }) => at <= timer.at) + 1, 0, timer)
    return () => {
      const place = timers.lastIndexOf(timer)
      if (place >= 0) timers.splice(place, 1)
    }
  }

  return {
    now: () => Math.round(now),
    after,
    next: () => timers[0]?.at,
    reach: (at) => (at <= now ? Promise.resolve() : new Promise((resolve) => after(at - now, resolve))),
    async advance(to, settled) {
      for (let [timer] = timers; timer && timer.at <= to; [timer] = timers) {
        timers.shift()
        now = Math.max(now, timer.at)
        timer.run()
        await settled()
      }
      now = Math.max(now, to)
    },
  }
}
