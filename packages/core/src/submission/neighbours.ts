import type { ObservedRequest } from '../page/source.ts'

/** A watch with a submission. */
interface Neighbour {
  /** Whether nothing tells it which request is the submission. */
  readonly isGuessing: boolean
  hear(request: ObservedRequest): boolean
  /** What the page does from now on may be about another watch's token. */
  share(): void
  /** Whether the page may send its token again. */
  mayRepeat(): boolean
  /** Until when the page may go by the answer to its token, in ms since the epoch. */
  answersUntil: number
  /** Until when the page may send its token again. */
  repeatsUntil: number
}

/** By page. */
const neighbourhoods = new WeakMap<object, Set<Neighbour>>()

/**
 * Has the watches of one page hear of one another's tokens: what the page does then may be about either.
 * @param own.hear - another watch's token leaves. Answers whether it is not this watch's own, too.
 */
export function joinNeighbours(page: object, now: () => number, own: Omit<Neighbour, 'answersUntil' | 'repeatsUntil'>) {
  const self: Neighbour = { ...own, answersUntil: Infinity, repeatsUntil: Infinity }
  const others = () => {
    const all = neighbourhoods.get(page) ?? new Set()
    for (const one of all) if (one.repeatsUntil < now()) all.delete(one)
    return [...all].filter((one) => one !== self)
  }
  const answering = () => others().filter(({ answersUntil }) => answersUntil >= now())

  return {
    /** This watch has a submission. */
    enter(): void {
      const all = neighbourhoods.get(page) ?? new Set()
      neighbourhoods.set(page, all.add(self))
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
