import type { elsewhere } from './elsewhere.ts'
import type { hosts } from './hosts.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly host: keyof typeof hosts
    /** Whether only the part of the flows is played that `npm test` plays. */
    readonly part?: boolean
    /** Instead of `host`: one that plays a selection of the flows. */
    readonly elsewhere?: keyof typeof elsewhere
  }
}
