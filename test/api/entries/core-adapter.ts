// What who writes an adapter calls or names.
export * from '../../../packages/core/src/adapter-door.ts'
