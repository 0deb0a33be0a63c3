/** A time in which nothing leaves. It is over, too, when the clock was set back to before it began. */
export function createPause() {
  let from = 0
  let until = 0
  const endsAt = (now: number) => (from <= now && now < until ? until : undefined)

  return {
    /** When it ends; nothing where none is on. */
    endsAt,
    /** Begins one, unless a longer one is on. */
    begin(now: number, end: number): void {
      if ((endsAt(now) ?? 0) >= end) return
      from = now
      until = end
    },
  }
}
