/** `@regotcha-feedback/core/outbox`: exports for authors of outboxes, including the contract as checks. */
export { localOutbox } from './configuration.ts'
export { createMemoryOutbox } from './delivery/memory-outbox.ts'
export { createOutage, retryInterval } from './delivery/outage.ts'
export {
  type Added,
  type Claim,
  type Claimed,
  type ClaimedFeedback,
  type Ending,
  type Feedback,
  isAbsence,
  type LocalPlace,
  longestLook,
  longestWait,
  type OpenOutbox,
  type Origin,
  type Outbox,
  type OutboxEvent,
  type OutboxSetting,
  type ToldEnding,
  type Undecided,
  type VerdictCounts,
  type VerdictFilter,
} from './delivery/outbox.ts'
export { type ContractCheck, type ContractDifferences, outboxContract } from './delivery/outbox-contract.ts'
