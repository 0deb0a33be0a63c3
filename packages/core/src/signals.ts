export const closingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type ClosingSignal = (typeof closingSignals)[number]

/**
 * Calls `leave` at the first of these signals, and when that is done, or at the next signal, lets the process end by it
 * as it would have without us: not at all, if others listen to it too. Returns how to stop listening.
 */
export function onFirstSignal(signals: readonly ClosingSignal[], leave: () => Promise<unknown>): () => void {
  let isLeaving = false
  let isOthers = false

  function stop(): void {
    if (!isLeaving) for (const signal of signals) process.off(signal, leaveBySignal)
  }

  function leaveBySignal(signal: NodeJS.Signals): void {
    // Known by its name: there may be several of us.
    isOthers ||= process.listeners(signal).some(({ name }) => name !== leaveBySignal.name)
    if (isLeaving) {
      end(signal)
    } else {
      isLeaving = true
      void leave().finally(() => end(signal))
    }
  }

  function end(signal: NodeJS.Signals): void {
    isLeaving = false
    stop()
    if (!isOthers && process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }

  // First, while those who listen but once still do.
  for (const signal of signals) process.prependListener(signal, leaveBySignal)
  return stop
}
