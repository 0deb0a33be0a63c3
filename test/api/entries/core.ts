// What a user calls or names.
export * from '../../../packages/core/src/index.ts'
