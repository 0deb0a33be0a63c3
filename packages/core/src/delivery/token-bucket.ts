/** How fast feedback may be sent: `perMinute` on average, `burst` at once after a pause. */
export interface Pace {
  readonly perMinute: number
  readonly burst: number
}

/*
 * A token bucket is one number: the time at which it is full again. Processes that share that number, in memory or in a
 * file, share the pace.
 */

/** How many may be sent now, and if none, when the next one may be. */
export function allowance({ perMinute, burst }: Pace, fullAt: number, now: number): { count: number; nextAt: number } {
  const interval = 60_000 / perMinute
  const missing = Math.max(0, fullAt - now) / interval
  if (missing > burst + 1) return { count: Math.floor(burst), nextAt: now } // the clock was set back, so the old time does not count
  const tokens = burst - missing
  return { count: Math.max(0, Math.floor(tokens)), nextAt: Math.ceil(now + Math.max(0, 1 - tokens) * interval) }
}

/** When the bucket is full again after `count` are sent now. */
export function spend({ perMinute, burst }: Pace, fullAt: number, count: number, now: number): number {
  const interval = 60_000 / perMinute
  const from = fullAt - now > (burst + 1) * interval ? now : Math.max(fullAt, now)
  return from + count * interval
}
