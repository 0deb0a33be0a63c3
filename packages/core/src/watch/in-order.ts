import type { Observation } from '../inference/observation.ts'

/** Where observations wait: they are taken in the order in which things happened, though a predicate may answer late. */
export function createInOrderQueue(take: (observation: Observation) => void) {
  let places: { observation?: Observation }[] = []

  function go(): void {
    for (let first = places[0]; first?.observation; first = places[0]) {
      places.shift()
      take(first.observation)
    }
  }

  return {
    put(observation: Observation): void {
      places.push({ observation })
      go()
    },
    /** Keeps a place for what is to be known later; returns how to fill it, or to leave it where it came to nothing. */
    keep(): (observation: Observation | undefined) => void {
      const place: (typeof places)[number] = {}
      places.push(place)
      return (observation) => {
        if (observation) place.observation = observation
        else places = places.filter((other) => other !== place)
        go()
      }
    },
    /** Does not wait for what came before. */
    goFirst(observation: Observation): void {
      places.unshift({ observation })
      go()
    },
    clear(): void {
      places = []
    },
  }
}
