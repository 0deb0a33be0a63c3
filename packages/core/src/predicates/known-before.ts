/** What of an answer was known when its request left: it shows nothing. And what a predicate looks at. */

/**
 * Marks evidence whose URL was known. `target`: it is the one that was asked for, by the page or the crawler, and so it would be
 * whatever the site answered. `same-page`: it is also where the page was, so that a refusal may show there, and success can't.
 * `action`: it is where the form was sent, and the page was not, so that success may show there.
 */
export const knownBefore = Symbol('the URL was known')

export type KnownBefore = 'target' | 'same-page' | 'action'

const ofRequest = new Set<string | symbol>(['kind', 'url', 'method', 'resourceType', 'isSubmission', knownBefore])
const readers = ['text', 'json'] as const

/** The evidence for one predicate to look at, and what it looked at. */
export interface Watched<E> {
  readonly watched: E
  /** Whether all that was looked at was known before there was an answer. */
  isKnownBefore(): 'target' | 'same-page' | false
  /** Whether the body was looked at, or may have been. */
  isRead(): boolean
}

export function watchedBy<E extends object>(evidence: E): Watched<E> {
  const how = howOf(evidence)
  const seen = new Set<string | symbol>()
  const look = <T>(name: string | symbol, read: () => T) => {
    seen.add(name)
    return read()
  }
  const watched = new Proxy(evidence, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      // Taking it out of the evidence is no look: `({ url, text }) => …`
      if (readers.some((reader) => reader === name)) return () => look(name, value as () => unknown)
      return look(name, () => value)
    },
  })
  return {
    watched,
    isKnownBefore: () => how !== undefined && seen.has('url') && [...seen].every((name) => ofRequest.has(name)) && how,
    isRead: () => seen.has('native') || readers.some((name) => seen.has(name)),
  }
}

/** The same for `rejectedWhen`, to which a page that stays where it was may tell all. */
export function toRejection<E extends object>(evidence: E): E {
  if (howOf(evidence) !== 'same-page') return evidence
  return Object.defineProperties({} as E, { ...Object.getOwnPropertyDescriptors(evidence), [knownBefore]: {} })
}

function howOf({ [knownBefore]: how }: { readonly [knownBefore]?: KnownBefore }) {
  return how === 'action' ? undefined : how
}
