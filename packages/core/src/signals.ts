export const closingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export type ClosingSignal = (typeof closingSignals)[number]

/**
 * Calls `leave` on the first of these signals. When `leave` is done, or on the next signal, the process exits by the
 * signal as it would have without us. If there are other listeners for the signal, it does not exit. Returns a function
 * that removes the listeners.
 */
export function onFirstSignal(signals: readonly ClosingSignal[], leave: () => Promise<unknown>): () => void {
  let isLeaving = false
  let isOthers = false

  function stop(): void {
    if (!isLeaving) for (const signal of signals) process.off(signal, leaveBySignal)
  }

  function leaveBySignal(signal: NodeJS.Signals): void {
    // Recognised by its name, because several copies of the library may listen.
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

  // Prepended, so that `once` listeners are still counted.
  for (const signal of signals) process.prependListener(signal, leaveBySignal)
  return stop
}

const leaving = new Set<() => void>()

function leaveAll(): void {
  for (const leave of leaving) leave()
}

/**
 * Calls `leave` when the process has nothing left to do and would exit. One listener for all, so that many feedback objects
 * don't exceed Node's limit. Returns a function that cancels it.
 */
export function atProcessEnd(leave: () => void): () => void {
  if (leaving.size === 0) process.on('beforeExit', leaveAll)
  leaving.add(leave)
  return () => {
    if (leaving.delete(leave) && leaving.size === 0) process.off('beforeExit', leaveAll)
  }
}
