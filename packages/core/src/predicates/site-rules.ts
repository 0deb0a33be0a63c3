import type { z } from 'zod'
import { checkOptions } from '../options.ts'
import {
  type LookoutOptions,
  type SubmissionOptions,
  watchOptions,
  watchOptionsBySite,
} from '../watch/watch-options.ts'
import type { Natives } from './evidence.ts'
import { type Predicates, type SiteRule, siteRules } from './sites.ts'

/** How to infer the verdict of a page by the rules for its site. */
export interface SitesOptions<N extends Natives = Natives>
  extends Pick<LookoutOptions<N>, keyof Predicates>,
    SubmissionOptions {
  /** Rules by site. They take precedence over `acceptedWhen`. */
  readonly sites: readonly SiteRule<N>[]
}

/** The options' own rules, then their `acceptedWhen` for all other sites. Without either, the client's rules. */
export function rulesOf(
  { acceptedWhen, rejectedWhen, silence, sites }: Pick<LookoutOptions, keyof Predicates | 'sites'>,
  common: readonly SiteRule[] = [],
): readonly SiteRule[] {
  const forAll: SiteRule[] = acceptedWhen ? [{ match: () => true, acceptedWhen, rejectedWhen, silence }] : []
  return [...(sites ?? (acceptedWhen ? [] : common)), ...forAll]
}

type Checked = z.output<typeof watchOptionsBySite> & { readonly sites: readonly SiteRule[] }

const withSites = watchOptionsBySite.safeExtend({ sites: siteRules() })

/** Checks a watch's options. A watch without rules of its own gets the client's. */
export function checkWatch(caller: string, options: object, common: readonly SiteRule[]): Checked {
  const { sites: own, ...others } = options as { readonly sites?: unknown }
  if (own === undefined) {
    const schema = common.length > 0 ? watchOptionsBySite : watchOptions
    return { ...checkOptions(caller, schema, others), sites: common }
  }
  const { acceptedWhen, rejectedWhen, silence, sites, ...checked } = checkOptions(caller, withSites, options)
  return { ...checked, sites: rulesOf({ acceptedWhen, rejectedWhen, silence, sites }) }
}
