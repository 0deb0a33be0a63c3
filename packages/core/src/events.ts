type Tap<Payloads> = <Name extends keyof Payloads>(name: Name, payload: Payloads[Name]) => unknown

/** Listeners by event name. If a listener throws or rejects, it becomes a process warning and has no other effect. */
export interface Events<Payloads> {
  on<Name extends keyof Payloads>(name: Name, listener: (payload: Payloads[Name]) => unknown): () => void
  /** Calls `listener` on every event. It does not count as a listener of that event. */
  tap(listener: Tap<Payloads>): void
  /** Returns whether the event had a listener. */
  emit<Name extends keyof Payloads>(name: Name, payload: Payloads[Name]): boolean
}

export function createEvents<Payloads>(): Events<Payloads> {
  const listeners = new Map<keyof Payloads, Set<(payload: never) => unknown>>()
  const taps: Tap<Payloads>[] = []

  function guarded(name: keyof Payloads, listener: () => unknown): void {
    const warn = (error: unknown) =>
      process.emitWarning(`regotcha-feedback: a listener of "${String(name)}" threw: ${error}`)
    try {
      Promise.resolve(listener()).catch(warn)
    } catch (error) {
      warn(error)
    }
  }

  return {
    on(name, listener) {
      const own = listeners.get(name) ?? new Set()
      listeners.set(name, own.add(listener))
      return () => void own.delete(listener)
    },
    tap: (listener) => void taps.push(listener),
    emit(name, payload) {
      for (const tap of taps) guarded(name, () => tap(name, payload))
      const own = [...(listeners.get(name) ?? [])]
      for (const listener of own) guarded(name, () => listener(payload as never))
      return own.length > 0
    },
  }
}
