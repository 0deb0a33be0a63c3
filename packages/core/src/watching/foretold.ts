/** What of an answer was known when its request left: it shows nothing. */

/**
 * Marks evidence whose URL was known. `sent`: it is the one that the token was sent to, and so it would be whatever the
 * site answered. `stays`: it is also where the page was, so that a refusal may show there, and success can't.
 */
export const foretold = Symbol('the URL was known')

export type Foretold = 'sent' | 'stays'

const ofRequest = new Set<string | symbol>(['kind', 'url', 'method', 'resourceType', 'isSubmission', foretold])

/** The evidence for one predicate to look at, and whether all that it looked at was known before there was an answer. */
export function watchedBy<E extends object>(evidence: E): { readonly watched: E; isForetold(): Foretold | false } {
  const how = howOf(evidence)
  if (!how) return { watched: evidence, isForetold: () => false }
  const seen = new Set<string | symbol>()
  const watched = new Proxy(evidence, {
    get(target, name) {
      seen.add(name)
      return Reflect.get(target, name)
    },
  })
  return { watched, isForetold: () => seen.has('url') && [...seen].every((name) => ofRequest.has(name)) && how }
}

/** The same for `rejectedWhen`, to which a page that stays where it was may tell all. */
export function toRejection<E extends object>(evidence: E): E {
  if (howOf(evidence) !== 'stays') return evidence
  return Object.defineProperties({} as E, { ...Object.getOwnPropertyDescriptors(evidence), [foretold]: {} })
}

const howOf = (evidence: { readonly [foretold]?: Foretold }) => evidence[foretold]
