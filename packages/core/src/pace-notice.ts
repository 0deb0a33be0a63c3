import type { Clock } from './clock.ts'
import type { Pace } from './delivery/token-bucket.ts'

/** In ms: what the pace lets out in this time is what may come in. */
const span = 5 * 60_000

/**
 * To be called at each feedback that comes in. Tells once when more does than the pace lets out, so that what waits
 * grows and may expire.
 */
export function createPaceNotice(
  { perMinute, burst }: Pace,
  clock: Pick<Clock, 'now'>,
  tell: (sentence: string) => void,
): () => void {
  const most = Math.floor((perMinute * span) / 60_000 + burst)
  let since = clock.now()
  let count = 0
  let isTold = false
  return () => {
    if (isTold) return
    if (clock.now() - since > span) {
      since = clock.now()
      count = 0
    }
    if (++count <= most) return
    isTold = true
    tell(
      `${count} feedback within ${span / 60_000} minutes are more than the \`pace\` of ${perMinute} a minute lets out: what waits grows, and expires after 24 hours. Raise \`pace\` as far as the key's rate limit leaves room`,
    )
  }
}
