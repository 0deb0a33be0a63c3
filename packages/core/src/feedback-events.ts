import type { Outcome } from './delivery/attempt.ts'
import type { Verdict } from './inference/verdict.ts'

/** What can be listened for. */
export const eventNames = [
  'verdict',
  'undecided',
  'held',
  'degraded',
  'recovered',
  'attempt',
  'delivered',
  'failed',
] as const satisfies readonly (keyof FeedbackEvents)[]

/** Why feedback did not get through. Only `key-rejected` and `outbox` may mend by themselves. */
export type Failure =
  /** The API refuses it for good; `reason` is its code, or `HTTP <status>`. */
  | { readonly kind: 'dead'; readonly taskId: string; readonly valid: boolean; readonly reason: string }
  /** The 24 hours passed. */
  | { readonly kind: 'expired'; readonly taskId: string; readonly valid: boolean }
  /** The task had been decided differently before; that first decision, `kept`, stands. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly kept: boolean }
  /** The API refuses the key. Everything is kept, and one probe at a time asks again. */
  | { readonly kind: 'key-rejected'; readonly detail: string }
  /** The outbox's store cannot be used or was begun anew; `detail` says how, why, and what is kept. */
  | { readonly kind: 'outbox'; readonly detail: string }

export interface WatchEnded<Kind extends Verdict['kind']> {
  readonly taskId: string
  /** The host of the page that submitted; `undefined` where no page was open. */
  readonly site: string | undefined
  readonly verdict: Extract<Verdict, { readonly kind: Kind }>
}

/** How a site took the latest tokens, as counted by this process. */
export interface SiteAcceptance {
  readonly site: string
  /** The accepted part of them, from 0 to 1. */
  readonly rate: number
  readonly accepted: number
  readonly rejected: number
}

export interface FeedbackEvents {
  /** A watch ended, in whatever way: `accepted`, `rejected` or `undecided`. */
  readonly verdict: WatchEnded<Verdict['kind']>
  /** The same of a watch that ended `undecided`, of which nothing is sent: comes after its `verdict`. */
  readonly undecided: WatchEnded<'undecided'>
  /**
   * A rejection by silence or `captchaAgain()` is held, after `holdAfter` of them in a row at its site: did the site
   * change under your predicate? When nobody listens, it is a process warning at the first of a site.
   */
  readonly held: WatchEnded<'rejected'>
  /**
   * A site's acceptance rate fell below the `threshold` of the option `acceptance`: slow down, change the proxy, or stop
   * paying for tokens that are refused. Told once, until it `recovered`.
   */
  readonly degraded: SiteAcceptance
  /** After `degraded`: of the tokens since then, enough were accepted again. */
  readonly recovered: SiteAcceptance
  /** One exchange with the API came to its outcome, after `took` ms. */
  readonly attempt: {
    readonly taskId: string
    readonly attempts: number
    readonly outcome: Outcome
    readonly took: number
  }
  /** The API has it: `recorded` now, `confirmed` after a lost answer, or `already` from before. */
  readonly delivered: {
    readonly taskId: string
    readonly valid: boolean
    readonly by: 'recorded' | 'confirmed' | 'already'
    readonly attempts: number
    /** Milliseconds from the decision. */
    readonly took: number
  }
  /** When nobody listens, it is a process warning. */
  readonly failed: Failure
}

export function failureSentence(failure: Failure): string {
  switch (failure.kind) {
    case 'key-rejected':
      return `the API refuses the key (${failure.detail}); feedback is kept, and asked for again from time to time`
    case 'outbox':
      return failure.detail
    case 'conflict':
      return `task ${failure.taskId} was already decided ${failure.kept ? 'accepted' : 'rejected'}; the first decision stands`
    case 'expired':
      return `feedback for task ${failure.taskId} expired: its 24 hours passed before it could be delivered`
    case 'dead':
      return `feedback for task ${failure.taskId} was refused for good: ${failure.reason}`
  }
}
