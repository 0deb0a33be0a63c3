/** How fast feedback may leave: `perMinute` on average, `burst` at once after a quiet time. */
export interface Pace {
  readonly perMinute: number
  readonly burst: number
}

/** A token bucket; time comes in from outside. */
export interface Bucket {
  /** Takes up to `wanted` tokens, returns how many it got. */
  take(wanted: number, now: number): number
  /** Puts back tokens that were taken and not used. */
  give(unused: number): void
  /** Milliseconds until there is a token. */
  wait(now: number): number
}

export function createBucket({ perMinute, burst }: Pace): Bucket {
  const interval = 60_000 / perMinute
  let tokens = burst
  let at = Number.NEGATIVE_INFINITY

  function refill(now: number): void {
    if (now > at) tokens = Math.min(burst, tokens + (now - at) / interval)
    at = now // also when the clock was set back: the tokens stay, nothing waits for the old time
  }

  return {
    take(wanted, now) {
      refill(now)
      const taken = Math.min(wanted, Math.floor(tokens))
      tokens -= taken
      return taken
    },
    give(unused) {
      tokens += unused
    },
    wait(now) {
      refill(now)
      return tokens >= 1 ? 0 : Math.ceil((1 - tokens) * interval)
    },
  }
}
