/// <reference lib="esnext.disposable" preserve="true" />
import type { Clock } from './clock.ts'
import type { Origin } from './delivery/outbox.ts'
import type { Delivery } from './delivery/waiters.ts'
import { type Verdict, withSentence } from './inference/verdict.ts'
import { atProcessEnd } from './signals.ts'
import type { PageWatch } from './watch/page-watch.ts'
import { tokenLife } from './watch/watch-options.ts'

/** The result of a watch's delivery; `not-sent` after an undecided verdict and in a dry run. */
export type WatchDelivery = Delivery | { readonly kind: 'not-sent'; readonly reason: 'undecided' | 'dry-run' }

/** A watch of a page for one task. Both promises always fulfil, and you don't have to await them. */
export interface Watch extends AsyncDisposable {
  readonly taskId: string
  readonly verdict: Promise<Verdict>
  readonly delivery: Promise<WatchDelivery>
  /**
   * Sets the verdict: the site accepted the token. Also replaces an undecided verdict. The feedback is in the outbox
   * when this returns.
   */
  accept(): void
  /** Sets the verdict: the site rejected the token. Otherwise like {@link accept}. */
  reject(): void
  /**
   * Ends the watch. Evidence seen so far is still judged; without a verdict from it, nothing is sent. Disposing does
   * the same and waits for the verdict.
   */
  stop(): void
}

/**
 * The watches of all tasks, from arming to the result of the delivery.
 * @param decide - called with each verdict.
 * @param noted - called with the state of a watch at its verdict.
 */
export function createTaskWatches(
  clock: Clock,
  decide: (taskId: string, verdict: Verdict, origin: Origin) => WatchDelivery | Promise<WatchDelivery>,
  noted: (taskId: string, state: string) => void = () => {},
) {
  const open = new Set<PageWatch>()
  const endAll = (how: 'stopped' | 'process-end') => {
    for (const watch of open) watch.end(how)
  }
  /** Waiting for a verdict does not keep the process alive. */
  let stopListening = () => {}
  /** Each task's watch, as long as its token may be valid. */
  const tasks = new Map<string, Watch>()
  /** Each page's watch without a token, which can't be distinguished from a later one. */
  const untold = new WeakMap<object, PageWatch>()

  return {
    of: (taskId: string) => tasks.get(taskId),

    /** @param page - the watch's page, if a later watch of that page would supersede it. */
    follow(taskId: string, watch: PageWatch, page?: object): Watch {
      const { verdict } = watch
      const armedAt = clock.now()
      /** `undefined` after the verdict, so that remembering the task does not keep its page in memory. */
      let armed: PageWatch | undefined = watch
      let site: string | undefined
      if (open.size === 0) stopListening = atProcessEnd(() => endAll('process-end'))
      open.add(watch)
      if (page) untold.set(page, watch)
      /** The user's verdict. Its feedback is in the outbox when the user's call returns. */
      let told: Told | undefined
      let latest: Verdict['kind'] | undefined
      const settle = (verdict: Verdict) => {
        const state = armed?.state()
        if (armed) {
          site = armed.site()
          open.delete(armed)
          if (open.size === 0) stopListening()
          armed = undefined
        }
        latest = verdict.kind
        const delivery = decide(taskId, verdict, {
          site,
          by: verdict.kind === 'undecided' ? verdict.reason : verdict.by,
          predicate: verdict.why.predicate,
          took: clock.now() - armedAt,
        })
        if (state) noted(taskId, state)
        return delivery
      }
      const tell = (kind: 'accepted' | 'rejected') => {
        const verdict = armed?.tell(kind)
        if (verdict) told = { verdict, delivery: settle(verdict) }
        else if (latest !== kind) void settle(withSentence({ kind, by: 'user', why: { trail: [] } }))
      }
      const delivery = verdict.then((verdict) => {
        clock.after(tokenLife, () => {
          if (tasks.get(taskId) === followed) tasks.delete(taskId)
        })
        return told?.verdict === verdict ? told.delivery : settle(verdict)
      })
      const stop = () => armed?.end('stopped')
      const followed: Watch = {
        taskId,
        verdict,
        delivery,
        accept: () => tell('accepted'),
        reject: () => tell('rejected'),
        stop,
        async [Symbol.asyncDispose]() {
          stop()
          await verdict
        },
      }
      tasks.set(taskId, followed)
      return followed
    },

    supersede(page: object): void {
      untold.get(page)?.end('superseded')
    },

    /** Ends all watches; fulfils after their verdicts. */
    async end(): Promise<void> {
      endAll('stopped')
      await Promise.all([...open].map((watch) => watch.verdict))
    },
  }
}

interface Told {
  readonly verdict: Verdict
  readonly delivery: WatchDelivery | Promise<WatchDelivery>
}
