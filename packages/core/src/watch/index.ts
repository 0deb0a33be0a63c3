/** The inference on its own, for evidence that does not come from a live page. */

export { type Doubt, doubtSentence, doubts, effects } from '../inference/doubts.ts'
export type { Observation } from '../inference/observation.ts'
export { publicUrl } from '../page/url.ts'
export type { Opinion } from '../predicates/predicate.ts'
export { type Tag, tags } from '../predicates/refusal/tags.ts'
export { siteRules } from '../predicates/sites.ts'
export { type Visit, type VisitFact, type VisitRequest, visitSchema } from '../recording/visit.ts'
export { fileEndOf } from '../recording/visit-file.ts'
export { joinNeighbours } from '../submission/neighbours.ts'
export { recogniserOf, valuesIn } from '../submission/submission.ts'
export { watchPage } from './watch.ts'
export { watchOptionsBySite } from './watch-options.ts'
