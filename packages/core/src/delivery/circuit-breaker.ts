import { createPause } from './pause.ts'

/** How long to wait between two probes of a key that the API refuses, in ms. */
const probe = { base: 30_000, cap: 10 * 60_000 }

/** Whether the API takes our key. While it does not, one probe is let through when its time has come. */
export function createCircuitBreaker() {
  let isRejected = false
  let probes = 0
  let pause = createPause()

  return {
    isRejected: () => isRejected,
    /** When the next request may leave, if not now. */
    opensAt: (now: number) => pause.endsAt(now),
    reset(): void {
      isRejected = false
      probes = 0
      pause = createPause()
    },
    /** Answers that were under way when the first was refused count as one probe. */
    reject(now: number): void {
      isRejected = true
      if (pause.endsAt(now)) return
      pause.begin(now, now + Math.min(probe.cap, probe.base * 2 ** probes++))
    },
  }
}
