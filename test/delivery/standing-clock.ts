/** A clock that stands still until it is moved. */
export function standingClock() {
  let now = Date.now()
  const waits = new Set<{ readonly at: number; readonly run: () => void }>()
  return {
    now: () => now,
    after(ms: number, run: () => void) {
      const wait = { at: now + ms, run }
      waits.add(wait)
      return () => void waits.delete(wait)
    },
    move(ms: number): void {
      now += ms
      for (const wait of waits) {
        if (wait.at > now) continue
        waits.delete(wait)
        wait.run()
      }
    },
  }
}
