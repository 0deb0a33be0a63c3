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

/** How to infer the verdict of a page by rules. */
export interface SitesOptions<N extends Natives = Natives>
  extends Pick<LookoutOptions<N>, keyof Predicates>,
    SubmissionOptions {
  /** Go before `acceptedWhen` where they match. */
  readonly sites: readonly SiteRule<N>[]
}

/** Rules of one's own, then one for all other sites; without either, the rules that all share. */
export function rulesOf(
  { acceptedWhen, rejectedWhen, silence, sites }: Pick<LookoutOptions, keyof Predicates | 'sites'>,
  common: readonly SiteRule[] = [],
): readonly SiteRule[] {
  const forAll: SiteRule[] = acceptedWhen ? [{ match: () => true, acceptedWhen, rejectedWhen, silence }] : []
  return [...(sites ?? (acceptedWhen ? [] : common)), ...forAll]
}

type Checked = z.output<typeof watchOptionsBySite> & { readonly sites: readonly SiteRule[] }

const withSites = watchOptionsBySite.safeExtend({ sites: siteRules() })

/** Checks a watch's options, and gives it the rules that all share unless it has its own. */
export function checkWatch(caller: string, options: object, common: readonly SiteRule[]): Checked {
  const { sites: own, ...others } = options as { readonly sites?: unknown }
  if (own === undefined) {
    const schema = common.length > 0 ? watchOptionsBySite : watchOptions
    return { ...checkOptions(caller, schema, others), sites: common }
  }
  const { acceptedWhen, rejectedWhen, silence, sites, ...checked } = checkOptions(caller, withSites, options)
  return { ...checked, sites: rulesOf({ acceptedWhen, rejectedWhen, silence, sites }) }
}
