import type { FeedbackResponse } from '@regotcha-feedback/core/wire'
import type { Reply } from './loopback.ts'

/** How often a key may ask. */
export interface RateLimit {
  /** How many within the window. */
  readonly requests: number
  /** In ms; it slides. */
  readonly window: number
}

/** Returns how many ms the key must wait at this time, 0 if it need not. The requests it refuses count too. */
export function createRateLimit({ requests, window }: RateLimit) {
  const recent = new Map<string, number[]>()
  return (clientKey: string, at: number): number => {
    const times = recent.get(clientKey) ?? []
    recent.set(clientKey, times)
    times.push(at)
    if (times.length <= requests) return 0
    const previous = times.shift() ?? at // as many requests ago as a window may hold
    return at - previous < window ? (times[0] ?? at) + window - at : 0
  }
}

/** The refusal. The vendor leaves open where else than in the sentence the time stands, in seconds. */
export function rateLimited({
  retryAfter = 15,
  in: place = 'sentence',
  status = 429,
}: {
  readonly retryAfter?: number
  readonly in?: 'header' | 'body' | 'sentence'
  readonly status?: number
}): Reply {
  const time = place === 'sentence' ? `. Retry after ${retryAfter} seconds` : ''
  return {
    status,
    headers: place === 'header' ? { 'retry-after': String(retryAfter) } : {},
    body: {
      errorId: 1,
      errorCode: 'ERROR_RATE_LIMIT',
      errorDescription: `Rate limit exceeded${time}`,
      ...(place === 'body' && { retry_after: retryAfter }),
    } satisfies FeedbackResponse,
  }
}
