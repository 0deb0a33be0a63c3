import type { Observation } from '../inference/observation.ts'

/** Passes observations on in the order in which things happened, although predicates may answer late. */
export function createInOrderQueue(take: (observation: Observation) => void) {
  let slots: { observation?: Observation }[] = []

  function go(): void {
    for (let first = slots[0]; first?.observation; first = slots[0]) {
      slots.shift()
      take(first.observation)
    }
  }

  return {
    put(observation: Observation): void {
      slots.push({ observation })
      go()
    },
    /** Reserves a slot for a later observation. Returns a function that fills the slot, or frees it without one. */
    reserve(): (observation: Observation | undefined) => void {
      const slot: (typeof slots)[number] = {}
      slots.push(slot)
      return (observation) => {
        if (observation) slot.observation = observation
        else slots = slots.filter((other) => other !== slot)
        go()
      }
    },
    /** Passes an observation on at once, ahead of the queue. */
    goFirst(observation: Observation): void {
      slots.unshift({ observation })
      go()
    },
    clear(): void {
      slots = []
    },
  }
}
