import { createPause } from './pause.ts'

/** The wait between two probes while the API refuses the key, in ms. */
const probe = { base: 30_000, cap: 10 * 60_000 }

/** Opens when the API refuses the key. Then it lets single probes through, at growing intervals. */
export function createCircuitBreaker() {
  let isRejected = false
  let probes = 0
  let pause = createPause()

  return {
    isRejected: () => isRejected,
    /** When the next request may be sent, if not now. */
    opensAt: (now: number) => pause.endsAt(now),
    reset(): void {
      isRejected = false
      probes = 0
      pause = createPause()
    },
    /** Answers to requests that were in flight at the first refusal count as one probe. */
    reject(now: number): void {
      isRejected = true
      if (pause.endsAt(now)) return
      pause.begin(now, now + Math.min(probe.cap, probe.base * 2 ** probes++))
    },
  }
}
