import { atProcessEnd } from '../signals.ts'
import type { Ending, Outbox, OutboxEvent } from './outbox.ts'

/**
 * The result of a delivery. `pending`: the client was closed, or the process ended, before the result was known; the
 * feedback is in the outbox. `conflict`: the task was decided differently before. `held`: it waits until the user releases
 * or drops it.
 */
export type Delivery = Ending | { readonly kind: 'pending' } | { readonly kind: 'conflict' } | { readonly kind: 'held' }

interface Promised {
  readonly promise: Promise<Delivery>
  readonly resolve: (delivery: Delivery) => void
}

/**
 * Callers that wait for a delivery, or until nothing is pending. While there are any, other processes' endings are
 * observed, too.
 */
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
    const stopListening = atProcessEnd(leave) // otherwise Node would warn about an unsettled await at the end of a script
    unsubscribe = () => {
      unsubscribeOutbox?.()
      stopListening()
    }
  }

  function tell(taskId: string, delivery: Delivery): void {
    deliveries.get(taskId)?.resolve(delivery)
    deliveries.delete(taskId)
    listen()
  }

  /** Ends all waits for deliveries. */
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
    /** Calls `done` whenever nothing is pending. Returns a function that stops it. */
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
