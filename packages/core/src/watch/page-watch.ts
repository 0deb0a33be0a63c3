import type { Verdict } from '../inference/verdict.ts'

/** One page watched for one task, from arming to its verdict. */
export interface PageWatch {
  /** Always fulfils. */
  readonly verdict: Promise<Verdict>
  /** The host of the page that submitted or, before that, of the current page. `undefined` if no page is open. */
  site(): string | undefined
  /** The watch's state on one line, without secrets. Empty before anything happened, and without a page. */
  state(): string
  /** Whether the token was submitted. */
  hasSubmitted(): boolean
  /** Makes the user's word the verdict at once. Returns `undefined` if there already was a verdict. */
  tell(verdict: 'accepted' | 'rejected'): Verdict | undefined
  /** Ends the watch. Evidence that has arrived is still judged. At `process-end`, nothing more can arrive. */
  end(how: 'stopped' | 'superseded' | 'process-end'): void
}
