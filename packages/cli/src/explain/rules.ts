/** What a user has: the options of a watch, and predicates by site. */
import type { SiteRule, WatchOptions } from '@regotcha-feedback/core'
import { checkOptions } from '@regotcha-feedback/core/adapter'
import { siteRules, watchOptionsBySite } from '@regotcha-feedback/core/watch'
import { ExplainError } from './har.ts'

export type ExplainRules = Partial<WatchOptions> & { readonly sites?: readonly SiteRule[] | undefined }

const names = [...Object.keys(watchOptionsBySite.shape), 'sites']

/**
 * Checks what a module exports: the options under their own names, or all of them as its default.
 * @throws {ExplainError} when it holds no predicate; {OptionError} naming each wrong option.
 */
export function rulesOf(file: string, exported: Readonly<Record<string, unknown>>): ExplainRules {
  const { default: whole, ...named } = exported
  // Who exports what `withRegotchaFeedback` is given may have the object that delivers in it.
  const { feedback: _, ...ofDefault } = typeof whole === 'object' && whole !== null ? { ...whole, feedback: 0 } : {}
  const known = Object.fromEntries(Object.entries(named).filter(([name]) => names.includes(name)))
  const rules: ExplainRules = { ...known, ...ofDefault }
  if (!rules.acceptedWhen && !rules.sites) {
    const found = Object.keys(exported).map((name) => `\`${name}\``)
    throw new ExplainError(
      `${file}: expected an export of \`acceptedWhen\` or \`sites\`, or both in a default export; got ${found.join(', ') || 'no export'}`,
    )
  }
  return rules
}

/** @throws {OptionError} naming each wrong option. */
export function checkRules(file: string, { sites = [], ...options }: ExplainRules) {
  return {
    options: checkOptions(file, watchOptionsBySite, options),
    sites: checkOptions(`${file}: \`sites\``, siteRules(), sites),
  }
}
