import type { Delivery } from './delivery/delivery.ts'
import type { Verdict } from './watching/verdict.ts'
import type { PageWatch } from './watching/watch.ts'

/** What became of a watch's feedback; `not-sent` after an undecided verdict and on a dry run. */
export type WatchDelivery = Delivery | { readonly kind: 'not-sent'; readonly reason: 'undecided' | 'dry-run' }

/** A page being watched for one task. Both promises always fulfil, and nobody has to await them. */
export interface Watch extends AsyncDisposable {
  readonly taskId: string
  readonly verdict: Promise<Verdict>
  readonly delivery: Promise<WatchDelivery>
  /** You know that the site accepted the token; your word is the verdict. */
  accept(): void
  /** You know that the site rejected the token; your word is the verdict. */
  reject(): void
  /** Ends the watch. What has been seen is still judged; without a verdict from it, nothing is sent. Disposing does the same and waits for it. */
  stop(): void
}

export function taskWatch(taskId: string, watch: PageWatch, delivery: Promise<WatchDelivery>): Watch {
  const stop = () => watch.end('stopped')
  const dispose = async () => {
    stop()
    await watch.verdict
  }
  return {
    taskId,
    verdict: watch.verdict,
    delivery,
    accept: () => watch.tell('accepted'),
    reject: () => watch.tell('rejected'),
    stop,
    [Symbol.asyncDispose]: dispose,
  }
}
