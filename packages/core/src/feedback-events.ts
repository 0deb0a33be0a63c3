import type { Outcome } from './delivery/attempt.ts'
import type { Verdict } from './inference/verdict.ts'

/** The names of all events. */
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

/** Why feedback was not delivered. Only `key-rejected` and `outbox` may recover by themselves. */
export type Failure =
  /** The API refuses it permanently; `reason` is the API's code, or `HTTP <status>`. */
  | { readonly kind: 'dead'; readonly taskId: string; readonly valid: boolean; readonly reason: string }
  /** The 24 hours passed. */
  | { readonly kind: 'expired'; readonly taskId: string; readonly valid: boolean }
  /** The task was decided differently before. The first decision, `kept`, stands. */
  | { readonly kind: 'conflict'; readonly taskId: string; readonly kept: boolean }
  /** The API refuses the key. All feedback is kept, and single probes try again. */
  | { readonly kind: 'key-rejected'; readonly detail: string }
  /** The outbox's store cannot be used or was created anew; `detail` says why, and what is kept. */
  | { readonly kind: 'outbox'; readonly detail: string }

export interface WatchEnded<Kind extends Verdict['kind']> {
  readonly taskId: string
  /** The host of the page that submitted; `undefined` if no page was open. */
  readonly site: string | undefined
  readonly verdict: Extract<Verdict, { readonly kind: Kind }>
}

/** A site's acceptance rate for its latest tokens, counted in this process. */
export interface SiteAcceptance {
  readonly site: string
  /** `accepted / (accepted + rejected)`. */
  readonly rate: number
  readonly accepted: number
  readonly rejected: number
}

export interface FeedbackEvents {
  /** A watch ended: `accepted`, `rejected` or `undecided`. */
  readonly verdict: WatchEnded<Verdict['kind']>
  /** A watch ended `undecided`, so nothing is sent. Fires after its `verdict` event. */
  readonly undecided: WatchEnded<'undecided'>
  /**
   * A rejection by silence or `captchaAgain()` is held, because `holdAfter` of them came in a row at its site: the site
   * may have changed. Without a listener, a process warning reports the first one of each site.
   */
  readonly held: WatchEnded<'rejected'>
  /**
   * A site's acceptance rate fell below the `threshold` of the option `acceptance`: slow down, change the proxy, or
   * stop buying tokens. Fires once, until the site has `recovered`.
   */
  readonly degraded: SiteAcceptance
  /** After `degraded`: enough of the later tokens were accepted. */
  readonly recovered: SiteAcceptance
  /** One exchange with the API ended, after `took` ms. */
  readonly attempt: {
    readonly taskId: string
    readonly attempts: number
    readonly outcome: Outcome
    readonly took: number
  }
  /** The API has the feedback: `recorded` now, `confirmed` after a lost answer, or `already` there, not sent by us. */
  readonly delivered: {
    readonly taskId: string
    readonly valid: boolean
    readonly by: 'recorded' | 'confirmed' | 'already'
    readonly attempts: number
    /** Milliseconds since the decision. */
    readonly took: number
  }
  /** Feedback was not delivered, or delivery has a problem. Without a listener, it is a process warning. */
  readonly failed: Failure
}

export function failureSentence(failure: Failure): string {
  switch (failure.kind) {
    case 'key-rejected':
      return `the API refuses the key (${failure.detail}); all feedback is kept, and delivery tries again from time to time`
    case 'outbox':
      return failure.detail
    case 'conflict':
      return `task ${failure.taskId} was already decided ${failure.kept ? 'accepted' : 'rejected'}; the first decision stands`
    case 'expired':
      return `feedback for task ${failure.taskId} expired: it could not be delivered within 24 hours`
    case 'dead':
      return `feedback for task ${failure.taskId} was refused permanently: ${failure.reason}`
  }
}
