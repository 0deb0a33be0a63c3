import type { Clock } from '../../packages/core/src/clock.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Time that passes only when nothing is left to do, so that 30 s take only as long as their events. */
export interface Time extends Clock {
  sleep(ms: number): Promise<void>
  /** Lets time pass until `isOver`, or until there are no timers left. */
  pass(isOver: () => boolean): Promise<void>
}

export function createTime(): Time {
  let now = 0
  /** The earliest timer first; for equal times, the one that was set first. */
  const timers: Timer[] = []
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run }
    const later = timers.findLastIndex(({ at }) => at <= timer.at) + 1
    timers.splice(later, 0, timer)
    return () => {
      const index = timers.indexOf(timer)
      if (index >= 0) timers.splice(index, 1)
    }
  }
  return {
    now: () => now,
    after,
    sleep: (ms) => new Promise((resolve) => after(ms, resolve)),
    async pass(isOver) {
      await promisesSettled()
      while (!isOver()) {
        const timer = timers.shift()
        if (!timer) return
        now = timer.at
        timer.run()
        await promisesSettled()
      }
    },
  }
}

const promisesSettled = () => new Promise((resolve) => setImmediate(resolve))
