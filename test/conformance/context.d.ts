import type { elsewhere } from './elsewhere.ts'
import type { hosts } from './hosts.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly host: keyof typeof hosts
    /** Instead of `host`: one that plays a selection of the flows. */
    readonly elsewhere?: keyof typeof elsewhere
  }
}
