import { z } from 'zod'
import { functionOf } from '../options.ts'
import { aUrlPattern, isUrlPattern, sinceNow, type UrlPattern, urlPattern } from './combinators.ts'
import type { Natives } from './evidence.ts'
import type { Predicate } from './predicate.ts'

/** What shows that a site accepted or rejected a token. */
export interface Predicates<N extends Natives = Natives> {
  /** Whether a piece of evidence shows that the site accepted the token. */
  readonly acceptedWhen: Predicate<N>
  /** Whether a piece of evidence shows that the site rejected it. Default: `captchaRefused()`, the site's own words. */
  readonly rejectedWhen?: Predicate<N> | undefined
  /**
   * That an answered submission on which no predicate holds in time is a rejection. Default: it is undecided. Only for
   * sites that say nothing at all when they refuse a captcha, and where nothing else keeps `acceptedWhen` from holding.
   */
  readonly silence?: 'rejected' | undefined
}

/** The predicates for the pages of a site, for watches that are given none of their own. */
// biome-ignore lint/suspicious/noExplicitAny: one list serves the pages of any library
export interface SiteRule<N extends Natives = any> extends Predicates<N> {
  /** The URL of the page that submits: a glob, a RegExp or a function, as `url()` takes them. The first rule that matches counts. */
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

/** The first rule for a page's URL. One whose function throws does not match. */
export function ruleFor(rules: readonly SiteRule[], url: string): SiteRule | undefined {
  return rules.find(({ match }) => {
    try {
      return urlPattern(match)(url)
    } catch {
      return false
    }
  })
}

/** Those of the user's own options or of a rule, if there are any, to be asked of a page from now on. */
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
