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
  const timers = new Set<Timer>()

  /** Of those that are due together, the one that was set first. */
  function first(): Timer | undefined {
    let found: Timer | undefined
    for (const timer of timers) if (!found || timer.at < found.at) found = timer
    return found
  }

  function after(ms: number, run: () => void): () => void {
    const timer = { at: now + ms, run }
    timers.add(timer)
    return () => timers.delete(timer)
  }

  return {
    now: () => Math.round(now),
    after,
    next: () => first()?.at,
    reach: (at) => (at <= now ? Promise.resolve() : new Promise((resolve) => after(at - now, resolve))),
    async advance(to, settled) {
      for (let timer = first(); timer && timer.at <= to; timer = first()) {
        timers.delete(timer)
        now = Math.max(now, timer.at)
        timer.run()
        await settled()
      }
      now = Math.max(now, to)
    },
  }
}
