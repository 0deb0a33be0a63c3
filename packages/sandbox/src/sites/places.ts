import type { Site } from './site.ts'

export const places = {} satisfies Record<string, Site>
