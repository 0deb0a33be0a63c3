import type { ObservedRequest } from '../page/source.ts'

/** A watch with a submission. */
interface Neighbour {
  /** Whether nothing tells it which request is the submission. */
  readonly isGuessing: boolean
  hear(request: ObservedRequest): boolean
  /** Whether the page may send its token again. */
  mayRepeat(): boolean
  /** Whether its token was judged: an answer no longer concerns it, but the page may still send the token again. */
  isDecided: boolean
  /** Until when the page may go by its token, though the watch has ended; in ms since the epoch. */
  until: number
}

/** By page. */
const neighbourhoods = new WeakMap<object, Set<Neighbour>>()

/**
 * Has the watches of one page hear of one another's tokens: what the page does then may be about either.
 * @param own.hear - another watch's token leaves. Answers whether it is not this watch's own, too.
 */
export function joinNeighbours(page: object, now: () => number, own: Omit<Neighbour, 'isDecided' | 'until'>) {
  const self: Neighbour = { ...own, isDecided: false, until: Number.POSITIVE_INFINITY }
  return {
    /** This watch has a submission. */
    enter(): void {
      const all = neighbourhoods.get(page) ?? new Set()
      neighbourhoods.set(page, all.add(self))
    },

    /**
     * Its token leaves, or `isGuess`: may leave, which concerns only who guesses, too. Whether the page may still go by
     * the answer to another watch's.
     */
    tell(request: ObservedRequest, isGuess = false): boolean {
      let isShared = false
      const all = neighbourhoods.get(page) ?? new Set()
      for (const neighbour of all) {
        if (neighbour.until < now()) all.delete(neighbour)
        else if (neighbour === self || neighbour.isDecided || (isGuess && !neighbour.isGuessing)) continue
        else if (neighbour.hear(request)) isShared = true
      }
      return isShared
    },

    /** Whether what looks like this watch's token may be that of an earlier one, sent again. */
    mayRepeat: () =>
      [...(neighbourhoods.get(page) ?? [])].some(
        (other) => other !== self && other.until >= now() && other.mayRepeat(),
      ),

    leave(until: number, isDecided: boolean): void {
      Object.assign(self, { until, isDecided })
    },
  }
}
