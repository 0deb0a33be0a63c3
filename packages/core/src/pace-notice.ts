import type { Clock } from './clock.ts'
import type { Pace } from './delivery/token-bucket.ts'

/** In ms. Over this time, no more feedback may arrive than the pace can send. */
const span = 5 * 60_000

/**
 * Call it for each new feedback. It warns once if feedback arrives faster than the pace can send it, so that the
 * backlog grows and may expire.
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
      `${count} feedback within ${span / 60_000} minutes are more than the \`pace\` of ${perMinute} a minute can send. The backlog grows, and expires after 24 hours. Raise \`pace\` as far as the key's rate limit allows`,
    )
  }
}
