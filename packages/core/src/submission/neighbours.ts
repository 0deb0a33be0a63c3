/** The watches of one page hear of one another's tokens: what the page does then may be about either. */

import { hubOf, type Neighbour } from '../page/hub.ts'
import type { ObservedRequest } from '../page/source.ts'

export function joinNeighbours(page: object, now: () => number, own: Omit<Neighbour, 'isDecided' | 'until'>) {
  const self: Neighbour = { ...own, isDecided: false, until: Number.POSITIVE_INFINITY }
  const others = () => {
    const hub = hubOf(page)
    hub.neighbours = hub.neighbours.filter(({ until }) => until >= now())
    return hub.neighbours.filter((neighbour) => neighbour !== self)
  }
  return {
    /** This watch has a submission. */
    enter(): void {
      const hub = hubOf(page)
      if (!hub.neighbours.includes(self)) hub.neighbours = [...hub.neighbours, self]
    },

    /**
     * Its token leaves, or `isGuess`: may leave, which concerns only who guesses, too. Whether the page may still go by
     * the answer to another watch's.
     */
    tell(request: ObservedRequest, isGuess = false): boolean {
      const concerned = others().filter((other) => !other.isDecided && (!isGuess || other.isGuessing))
      return concerned.filter((other) => other.hear(request)).length > 0
    },

    /** Whether what looks like this watch's token may be that of an earlier one, sent again. */
    mayRepeat: () => others().some((other) => other.mayRepeat()),

    leave(until: number, isDecided: boolean): void {
      Object.assign(self, { until, isDecided })
    },
  }
}
