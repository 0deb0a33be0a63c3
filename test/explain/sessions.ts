/** What was recorded, and what must be made of it. */
import { byJSON, byPage } from '../conformance/flows/flow.ts'

export const sessions = {
  'form-accepted': { site: 'form', valid: true, rules: byPage, verdict: 'accepted: acceptedWhen held' },
  'json-rejected': { site: 'json', valid: false, rules: byJSON, verdict: 'rejected: rejectedWhen held' },
  'frame-rejected': { site: 'iframe', valid: false, rules: byPage, verdict: 'rejected: rejectedWhen held' },
} as const

export type Session = keyof typeof sessions

/** Shaped like reCAPTCHA's. */
export const tokenOf = (session: Session) => `03A${session}`.padEnd(400, '-recorded')
