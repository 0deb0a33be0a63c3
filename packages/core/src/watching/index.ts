/** The inference by itself, for who has evidence from elsewhere than a live page. */

export { type Visit, type VisitFact, type VisitRequest, visitSchema } from '../recording/visit.ts'
export { type Doubt, doubtSentence, doubts, effects } from './doubts.ts'
export type { Observation } from './observation.ts'
export type { Opinion } from './predicate.ts'
export { type Tag, tags } from './refusal/tags.ts'
export { siteRules } from './sites.ts'
export { recogniserOf, valuesIn } from './submission.ts'
export { publicUrl } from './url.ts'
export { watchPage } from './watch.ts'
export { watchOptionsBySite } from './watch-options.ts'
