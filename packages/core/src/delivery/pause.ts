/** A time in which nothing is sent. It also ends if the clock is set back to before its start. */
export function createPause() {
  let from = 0
  let until = 0
  const endsAt = (now: number) => (from <= now && now < until ? until : undefined)

  return {
    /** When the current pause ends; `undefined` if there is none. */
    endsAt,
    /** Starts a pause, unless a longer one is active. */
    begin(now: number, end: number): void {
      if ((endsAt(now) ?? 0) >= end) return
      from = now
      until = end
    },
  }
}
