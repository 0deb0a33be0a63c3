/// <reference lib="esnext.disposable" preserve="true" />
import type { Clock } from './clock.ts'
import type { Origin } from './delivery/outbox.ts'
import type { Delivery } from './delivery/waiters.ts'
import { speaking, type Verdict } from './inference/verdict.ts'
import type { PageWatch } from './watch/page-watch.ts'
import { tokenLife } from './watch/watch-options.ts'

/** What became of a watch's feedback; `not-sent` after an undecided verdict and on a dry run. */
export type WatchDelivery = Delivery | { readonly kind: 'not-sent'; readonly reason: 'undecided' | 'dry-run' }

/** A page being watched for one task. Both promises always fulfil, and nobody has to await them. */
export interface Watch extends AsyncDisposable {
  readonly taskId: string
  readonly verdict: Promise<Verdict>
  readonly delivery: Promise<WatchDelivery>
  /**
   * You know that the site accepted the token: your word is the verdict, and decides an undecided one afterwards. It is
   * in the outbox when this returns.
   */
  accept(): void
  /** You know that the site rejected the token; as {@link accept}. */
  reject(): void
  /** Ends the watch. What has been seen is still judged; without a verdict from it, nothing is sent. Disposing does the same and waits for it. */
  stop(): void
}

/**
 * The watches of all tasks, from arming to what became of the verdict.
 * @param decide - what is to be done with one.
 */
export function createTaskWatches(
  clock: Clock,
  decide: (taskId: string, verdict: Verdict, origin: Origin) => WatchDelivery | Promise<WatchDelivery>,
) {
  const open = new Set<PageWatch>()
  /** Each task's watch, for as long as its token might live. */
  const tasks = new Map<string, Watch>()
  /** The watch of each page that has no token to tell it from a later one. */
  const untold = new WeakMap<object, PageWatch>()

  return {
    of: (taskId: string) => tasks.get(taskId),

    /** @param page - the watch's, where it knows no token: a later watch of the page takes its place. */
    follow(taskId: string, watch: PageWatch, page?: object): Watch {
      const { verdict } = watch
      const armedAt = clock.now()
      /** Until the verdict: who remembers the task must not hold its page. */
      let armed: PageWatch | undefined = watch
      let site: string | undefined
      open.add(watch)
      if (page) untold.set(page, watch)
      /** By the user's word, which is in the outbox when they have said it. */
      let told: Told | undefined
      let latest: Verdict['kind'] | undefined
      const settle = (verdict: Verdict) => {
        if (armed) {
          site = armed.site()
          open.delete(armed)
          armed = undefined
        }
        latest = verdict.kind
        return decide(taskId, verdict, {
          site,
          by: verdict.kind === 'undecided' ? verdict.reason : verdict.by,
          predicate: verdict.why.predicate,
          took: clock.now() - armedAt,
        })
      }
      const tell = (kind: 'accepted' | 'rejected') => {
        const verdict = armed?.tell(kind)
        if (verdict) told = { verdict, delivery: settle(verdict) }
        else if (latest !== kind) void settle(speaking({ kind, by: 'user', why: { trail: [] } }))
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

    /** Ends all; fulfils after their verdicts. */
    async end(): Promise<void> {
      for (const watch of open) watch.end('stopped')
      await Promise.all([...open].map((watch) => watch.verdict))
    },
  }
}

interface Told {
  readonly verdict: Verdict
  readonly delivery: WatchDelivery | Promise<WatchDelivery>
}
