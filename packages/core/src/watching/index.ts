/** The inference by itself, for who has evidence from elsewhere than a live page. */
export type { Observation } from './observation.ts'
export type { Opinion } from './predicate.ts'
export { siteRules } from './sites.ts'
export { recogniserOf } from './submission.ts'
export { publicUrl } from './url.ts'
export { watchPage } from './watch.ts'
export { watchOptionsBySite } from './watch-options.ts'
