/** A clock whose timers run when it is moved. Its time of day can also jump on its own. */
export function movedClock() {
  let passed = 0
  let start = Date.now()
  const waits = new Set<{ readonly at: number; readonly run: () => void }>()

  return {
    now: () => start + passed,
    after(ms: number, run: () => void) {
      const wait = { at: passed + ms, run }
      waits.add(wait)
      return () => void waits.delete(wait)
    },
    /** The time that has passed, regardless of jumps of the time of day. */
    passed: () => passed,
    jump(ms: number): void {
      start += ms
    },
    /** Runs timers that are due, and lets pending promises continue. */
    async move(ms: number, step = 100): Promise<void> {
      for (const end = passed + ms; passed < end; ) {
        passed = Math.min(end, passed + step)
        for (const wait of waits) if (wait.at <= passed && waits.delete(wait)) wait.run()
        await null
      }
    },
  }
}

export type MovedClock = ReturnType<typeof movedClock>
