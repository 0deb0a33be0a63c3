import type { Ending, Outbox, OutboxEvent } from './outbox.ts'

/**
 * What became of a feedback. `pending`: we closed, or the process had come to its end, before that was known; it is in
 * the outbox. `conflict`: the task had been decided differently; `held`: the user is to release or to drop it.
 */
export type Delivery = Ending | { readonly kind: 'pending' } | { readonly kind: 'conflict' } | { readonly kind: 'held' }

interface Promised {
  readonly promise: Promise<Delivery>
  readonly resolve: (delivery: Delivery) => void
}

/** Who waits for a delivery, or for nothing to be left. While anybody does, other processes' endings are heard too. */
export function createWaiters(outbox: Outbox, hear: (event: OutboxEvent) => void) {
  const deliveries = new Map<string, Promised>()
  const idle = new Set<() => void>()
  let unsubscribe: (() => void) | undefined

  function listen(): void {
    if (deliveries.size + idle.size === 0) {
      unsubscribe?.()
      unsubscribe = undefined
      return
    }
    if (unsubscribe) return
    const unsubscribeOutbox = outbox.subscribe?.(hear)
    process.once('beforeExit', leave) // else Node would blame who awaits a delivery at the end of a script
    unsubscribe = () => {
      unsubscribeOutbox?.()
      process.off('beforeExit', leave)
    }
  }

  function tell(taskId: string, delivery: Delivery): void {
    deliveries.get(taskId)?.resolve(delivery)
    deliveries.delete(taskId)
    listen()
  }

  /** Nobody is kept waiting for a delivery any longer. */
  function leave(): void {
    for (const taskId of deliveries.keys()) tell(taskId, { kind: 'pending' })
  }

  return {
    tell,
    leave,
    delivery(taskId: string): Promise<Delivery> {
      const known = deliveries.get(taskId)
      if (known) return known.promise
      const { promise, resolve } = Promise.withResolvers<Delivery>()
      deliveries.set(taskId, { promise, resolve })
      listen()
      return promise
    },
    /** Calls `done` at every moment at which nothing is left; returns how to stop that. */
    idle(done: () => void): () => void {
      idle.add(done)
      listen()
      return () => {
        idle.delete(done)
        listen()
      }
    },
    isForIdle: () => idle.size > 0,
    tellIdle(): void {
      for (const done of idle) done()
    },
  }
}
