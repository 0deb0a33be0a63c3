import { answers } from './answers.ts'
import { carriers } from './carriers.ts'
import type { Flows } from './flow.ts'

/** Every flow, by what it shows. */
export const flows: Readonly<Record<string, Flows>> = {
  'how the token travels': carriers,
  'what the site answers to a form': answers,
}
