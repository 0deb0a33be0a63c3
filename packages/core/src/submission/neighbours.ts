/** Informs the watches of one page of each other's submissions: what the page does next may be about any of them. */

import { hubOf, type Neighbour } from '../page/hub.ts'
import type { ObservedRequest } from '../page/source.ts'

export function joinNeighbours(page: object, now: () => number, own: Omit<Neighbour, 'answersUntil' | 'repeatsUntil'>) {
  const self: Neighbour = { ...own, answersUntil: Infinity, repeatsUntil: Infinity }
  const others = () => {
    const hub = hubOf(page)
    hub.neighbours = hub.neighbours.filter(({ repeatsUntil }) => repeatsUntil >= now())
    return hub.neighbours.filter((neighbour) => neighbour !== self)
  }
  const answering = () => others().filter(({ answersUntil }) => answersUntil >= now())

  return {
    /** This watch has, or may have, a submission. */
    enter(): void {
      const hub = hubOf(page)
      if (!hub.neighbours.includes(self)) hub.neighbours = [...hub.neighbours, self]
    },

    /** This watch submits its token. Returns whether the page may still react to the answer to another watch's. */
    tell: (request: ObservedRequest) => answering().filter((other) => other.hear(request)).length > 0,

    /** This watch may submit its token. That matters only to other watches that guess, too. */
    tellGuess(request: ObservedRequest): void {
      for (const other of answering()) if (other.isGuessing) other.hear(request)
    },

    /** Whether the page may still react to the answer to another watch's token. */
    mayAnswer: () => answering().length > 0,

    /** This watch can't distinguish its submission from theirs. Nor can they attribute what the page shows. */
    share(): void {
      for (const other of answering()) other.share()
    },

    /** Whether what looks like this watch's submission may be that of an earlier watch, sent again. */
    mayRepeat: () => others().some((other) => other.mayRepeat()),

    leave(until: Pick<Neighbour, 'answersUntil' | 'repeatsUntil'>): void {
      Object.assign(self, until)
    },
  }
}
