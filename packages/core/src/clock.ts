/** The library's clock. It is injected, so that tests never sleep. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
  /**
   * Runs `run` once after `ms` milliseconds. Returns a function that cancels it.
   * The timer does not keep the process alive unless `keepAlive` is set.
   */
  after(ms: number, run: () => void, options?: { readonly keepAlive?: boolean }): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run, { keepAlive = false } = {}) {
    const timer = setTimeout(run, ms)
    if (!keepAlive) timer.unref()
    return () => clearTimeout(timer)
  },
}
