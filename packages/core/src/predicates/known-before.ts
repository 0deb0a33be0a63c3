/** Marks what was known before the answer, which shows nothing, and tracks what a predicate reads. */

/**
 * Marks evidence whose URL was known before the answer.
 * - `target`: the URL that the page or the crawler requested. It would be the same whatever the site answered.
 * - `same-page`: also the URL of the page that submitted. A refusal may show there, success can't.
 * - `action`: the URL that the form was sent to, from a page at another URL. Success may show there.
 */
export const knownBefore = Symbol('the URL was known')

export type KnownBefore = 'target' | 'same-page' | 'action'

const ofRequest = new Set<string | symbol>(['kind', 'url', 'method', 'resourceType', 'isSubmission', knownBefore])
const readers = ['text', 'json'] as const

/** Evidence for one predicate, which tracks what the predicate reads. */
export interface Watched<E> {
  readonly watched: E
  /** Whether the predicate read the URL, and nothing else of the answer. */
  isByUrl(): boolean
  /** How the URL was known, if the predicate went by it alone; else `false`. */
  isKnownBefore(): 'target' | 'same-page' | false
  /** Whether the predicate read the body, or may have (through `native`). */
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
      // Destructuring `({ url, text })` does not read the body, calling `text()` does.
      if (readers.some((reader) => reader === name)) return () => look(name, value as () => unknown)
      return look(name, () => value)
    },
  })
  const isByUrl = () => seen.has('url') && [...seen].every((name) => ofRequest.has(name))
  return {
    watched,
    isByUrl,
    isKnownBefore: () => how !== undefined && isByUrl() && how,
    isRead: () => seen.has('native') || readers.some((name) => seen.has(name)),
  }
}

/** The evidence for `rejectedWhen`. A page that stays where it was counts for it, because a refusal may show there. */
export function toRejection<E extends object>(evidence: E): E {
  if (howOf(evidence) !== 'same-page') return evidence
  return Object.defineProperties({} as E, { ...Object.getOwnPropertyDescriptors(evidence), [knownBefore]: {} })
}

function howOf({ [knownBefore]: how }: { readonly [knownBefore]?: KnownBefore }) {
  return how === 'action' ? undefined : how
}
