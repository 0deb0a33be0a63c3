/** The watches of one page hear of one another's tokens: what the page does then may be about either. */

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
    /** This watch has a submission. */
    enter(): void {
      const hub = hubOf(page)
      if (!hub.neighbours.includes(self)) hub.neighbours = [...hub.neighbours, self]
    },

    /** Its token leaves. Whether the page may still go by the answer to another watch's. */
    tell: (request: ObservedRequest) => answering().filter((other) => other.hear(request)).length > 0,

    /** Its token may leave, which concerns only who guesses, too. */
    tellGuess(request: ObservedRequest): void {
      for (const other of answering()) if (other.isGuessing) other.hear(request)
    },

    /** Whether the page may go by the answer to another watch's token. */
    mayAnswer: () => answering().length > 0,

    /** This watch can't tell its submission from theirs, nor they what the page shows of it. */
    share(): void {
      for (const other of answering()) other.share()
    },

    /** Whether what looks like this watch's token may be that of an earlier one, sent again. */
    mayRepeat: () => others().some((other) => other.mayRepeat()),

    leave(until: Pick<Neighbour, 'answersUntil' | 'repeatsUntil'>): void {
      Object.assign(self, until)
    },
  }
}
