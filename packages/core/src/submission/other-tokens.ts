import type { ObservedRequest } from '../page/source.ts'
import { siteOf } from '../page/url.ts'
import { byFields, companionsOf, hasAnother, namesOf, vendors } from './submission.ts'

/** Tells tokens of other captchas, whose success or failure is not this one's, from those that the page sends along. */
export function createOtherTokens(token: string | undefined) {
  const sites = new Set<string | undefined>()
  /** Of the fields that held the token. */
  const names = new Set<string>()
  /** Of fields in which the page sends tokens of its own, with the token or before it. */
  const companions = new Set<string>()

  const isOfSite = (url: string) => sites.has(siteOf(url)) && !vendors.test(url)

  /** The names of fields with other tokens. */
  const othersIn = (request: ObservedRequest) => (token && byFields(request) ? companionsOf(request, token) : [])

  /** Whether there are any. */
  function meet(request: ObservedRequest): boolean {
    const others = othersIn(request)
    for (const name of others) companions.add(name)
    return others.length > 0
  }

  return {
    names: names as ReadonlySet<string>,

    isOfSite,

    meet,

    /** A request takes the token to the site, from a page of this URL. Whether it takes others along. */
    learn(request: ObservedRequest, from: string): boolean {
      sites.add(siteOf(request.url)).add(siteOf(from))
      if (token !== undefined) for (const name of namesOf(token, request)) names.add(name)
      return meet(request)
    },

    /** Whether a request without the token takes the next attempt's, or that of another captcha. */
    isAnother(request: ObservedRequest): boolean {
      if (token === undefined) return byFields(request) !== undefined
      const isNew = othersIn(request).some((name) => !companions.has(name))
      return isNew || (isOfSite(request.url) && hasAnother(token, names, request))
    },
  }
}
