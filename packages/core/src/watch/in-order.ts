import type { Observation } from '../inference/observation.ts'

/** Where observations wait: they are taken in the order in which things happened, though a predicate may answer late. */
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
    /** Reserves a slot for what is to be known later; returns how to fill it, or to leave it where it came to nothing. */
    reserve(): (observation: Observation | undefined) => void {
      const slot: (typeof slots)[number] = {}
      slots.push(slot)
      return (observation) => {
        if (observation) slot.observation = observation
        else slots = slots.filter((other) => other !== slot)
        go()
      }
    },
    /** Does not wait for what came before. */
    goFirst(observation: Observation): void {
      slots.unshift({ observation })
      go()
    },
    clear(): void {
      slots = []
    },
  }
}
