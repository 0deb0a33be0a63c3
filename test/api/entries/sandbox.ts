export * from '../../../packages/sandbox/src/index.ts'
