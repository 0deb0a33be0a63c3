import type { FeedbackResponse } from '@regotcha-feedback/core/wire'
import type { Reply } from './loopback.ts'

/** The rate limit of a key. */
export interface RateLimit {
  /** The number of requests within the window. */
  readonly requests: number
  /** The length of the sliding window, in ms. */
  readonly window: number
}

/** Returns how long the key must wait now, in ms; 0 if it need not wait. Refused requests count, too. */
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

/** The refusal. The vendor does not document where the time, in seconds, is, except in the sentence. */
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
