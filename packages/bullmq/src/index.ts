export { type BullmqOutboxOptions, bullmqOutbox } from './bullmq-outbox.ts'
export type { Connection } from './connection.ts'
export { type FeedbackWorker, type FeedbackWorkerOptions, startFeedbackWorker } from './feedback-worker.ts'
export { type RetryDeadLettersOptions, retryDeadLetters } from './retry-dead-letters.ts'
