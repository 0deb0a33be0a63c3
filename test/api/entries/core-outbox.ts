// What who writes an outbox calls or names.
export * from '../../../packages/core/src/outbox-door.ts'
