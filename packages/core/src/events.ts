/** Listeners by event name. What a listener throws or rejects with becomes a process warning and stops there. */
export interface Events<Payloads> {
  on<Name extends keyof Payloads>(name: Name, listener: (payload: Payloads[Name]) => unknown): () => void
  /** Returns whether anybody listened. */
  emit<Name extends keyof Payloads>(name: Name, payload: Payloads[Name]): boolean
}

export function createEvents<Payloads>(): Events<Payloads> {
  const listeners = new Map<keyof Payloads, Set<(payload: never) => unknown>>()
  return {
    on(name, listener) {
      const own = listeners.get(name) ?? new Set()
      listeners.set(name, own.add(listener))
      return () => void own.delete(listener)
    },
    emit(name, payload) {
      const own = [...(listeners.get(name) ?? [])]
      for (const listener of own) {
        const warn = (error: unknown) =>
          process.emitWarning(`regotcha-feedback: a listener of "${String(name)}" threw: ${error}`)
        try {
          Promise.resolve(listener(payload as never)).catch(warn)
        } catch (error) {
          warn(error)
        }
      }
      return own.length > 0
    },
  }
}
