import type { hosts } from './hosts.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly host: keyof typeof hosts
  }
}
