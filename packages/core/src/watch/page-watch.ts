import type { Verdict } from '../inference/verdict.ts'

/** One page watched for one task, from arming to its verdict. */
export interface PageWatch {
  /** Always fulfils. */
  readonly verdict: Promise<Verdict>
  /** The host of the page that submitted, or of the page as it is while none has; `undefined` where none is open. */
  site(): string | undefined
  /** All that it knows, on one line without secrets; '' before anything happened, and where there is no page. */
  state(): string
  /** The user knows: their word is the verdict, at once. `undefined` where there was one already. */
  tell(verdict: 'accepted' | 'rejected'): Verdict | undefined
  /** Ends the watch; evidence that has arrived is still judged. At the process's end nothing more can arrive. */
  end(how: 'stopped' | 'superseded' | 'process-end'): void
}
