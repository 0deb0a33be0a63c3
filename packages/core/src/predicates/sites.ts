import { z } from 'zod'
import { functionOf } from '../options.ts'
import { sinceNow } from './combinators.ts'
import type { Natives } from './evidence.ts'
import type { Predicate } from './predicate.ts'
import { aUrlPattern, isUrlPattern, type UrlPattern, urlPattern } from './url-pattern.ts'

/** What shows that a site accepted or rejected a token. */
export interface Predicates<N extends Natives = Natives> {
  /** Whether evidence shows that the site accepted the token. */
  readonly acceptedWhen: Predicate<N>
  /** Whether evidence shows that the site rejected the token. Default: `captchaRefused()`, the site's own words. */
  readonly rejectedWhen?: Predicate<N> | undefined
  /**
   * `'rejected'`: it is a rejection if the submission was answered and no predicate held in time. Default: that is
   * undecided. Only for sites that say nothing when they refuse a captcha, and if nothing else can keep `acceptedWhen`
   * from holding.
   */
  readonly silence?: 'rejected' | undefined
}

/** Predicates for the pages of a site, for watches without their own. */
// biome-ignore lint/suspicious/noExplicitAny: one list serves the pages of any library
export interface SiteRule<N extends Natives = any> extends Predicates<N> {
  /** Matches the URL of the page that submits: a glob, a RegExp or a function, as in `url()`. The first match wins. */
  readonly match: UrlPattern
}

export const predicates = {
  acceptedWhen: functionOf<Predicate>(),
  rejectedWhen: functionOf<Predicate>().optional(),
  silence: z.literal('rejected', "'rejected', or nothing").optional(),
}

/** A schema for a list of rules. */
export const siteRules = () =>
  z.array(
    z.strictObject(
      { match: z.custom<UrlPattern>(isUrlPattern, aUrlPattern), ...predicates },
      'a rule as { match, acceptedWhen, rejectedWhen, silence }',
    ),
    'a list of rules as { match, acceptedWhen, rejectedWhen, silence }',
  )

/** The first rule that matches a page's URL. A rule whose function throws does not match. */
export function ruleFor(rules: readonly SiteRule[], url: string): SiteRule | undefined {
  return rules.find(({ match }) => {
    try {
      return urlPattern(match)(url)
    } catch {
      return false
    }
  })
}

/** The predicates of a watch's options or of a rule, if there are any, for one page from now on. */
export function predicatesFor(
  page: unknown,
  { acceptedWhen, rejectedWhen, silence }: { readonly [Name in keyof Predicates]?: Predicates[Name] | undefined } = {},
): Predicates | undefined {
  return (
    acceptedWhen && {
      acceptedWhen: sinceNow(acceptedWhen, page),
      rejectedWhen: rejectedWhen && sinceNow(rejectedWhen, page),
      silence,
    }
  )
}
