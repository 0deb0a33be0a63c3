/** How long to wait between two probes of a key that the API refuses, in ms. */
const probe = { base: 30_000, cap: 10 * 60_000 }

type State = { readonly kind: 'open' } | { readonly kind: 'rejected'; readonly until: number; readonly probes: number }

/** Whether the API takes our key. While it does not, one probe is let through when its time has come. */
export function createKeyGate() {
  let state: State = { kind: 'open' }

  return {
    isRejected: () => state.kind === 'rejected',
    /** When the next request may leave. */
    opensAt: () => (state.kind === 'rejected' ? state.until : Number.NEGATIVE_INFINITY),
    open(): void {
      state = { kind: 'open' }
    },
    /** Answers that were under way when the first was refused count as one probe. */
    reject(now: number): void {
      const probes = state.kind === 'open' ? 0 : state.until > now ? state.probes : state.probes + 1
      state = { kind: 'rejected', until: now + Math.min(probe.cap, probe.base * 2 ** probes), probes }
    },
  }
}
