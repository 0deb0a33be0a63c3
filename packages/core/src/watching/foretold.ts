/** What of an answer was known when its request left: it shows nothing. */

/** Marks evidence whose URL is the one that the token was sent to: so it would be, whatever the site answered. */
export const foretold = Symbol('the URL is that of the request')

const ofRequest = new Set<string | symbol>(['kind', 'url', 'method', 'resourceType', 'isSubmission'])

/** The evidence for one predicate to look at, and whether all that it looked at was known before there was an answer. */
export function watchedBy<E extends object>(evidence: E): { readonly watched: E; isForetold(): boolean } {
  if (!(foretold in evidence)) return { watched: evidence, isForetold: () => false }
  const seen = new Set<string | symbol>()
  const watched = new Proxy(evidence, {
    get(target, name) {
      seen.add(name)
      return Reflect.get(target, name)
    },
  })
  return { watched, isForetold: () => seen.has('url') && [...seen].every((name) => ofRequest.has(name)) }
}
