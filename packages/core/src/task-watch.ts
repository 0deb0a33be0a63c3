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

type Decide = (taskId: string, verdict: Verdict, origin: Origin) => WatchDelivery | Promise<WatchDelivery>

/**
 * The watches of all tasks, from arming to the result of the delivery.
 * @param decide - called with each verdict.
 * @param noted - called with the state of a watch at its verdict.
 */
export function createTaskWatches(
  clock: Clock,
  decide: Decide,
  noted: (taskId: string, state: string) => void = () => {},
) {
  const open = new Set<PageWatch>()
  const endAll = (how: 'stopped' | 'process-end') => {
    for (const watch of open) watch.end(how)
  }
  /** Waiting for a verdict does not keep the process alive. */
  let stopListening = () => {}
  /** Each task's watch, as long as its token may be valid. */
  const tasks = new Map<string, TaskWatch>()
  /** Each page's watch without a token, which can't be distinguished from a later one. */
  const untold = new WeakMap<object, PageWatch>()

  const common: Common = {
    now: () => clock.now(),
    decide,
    noted,
    settled(watch) {
      open.delete(watch)
      if (open.size === 0) stopListening()
    },
    decided(watch) {
      clock.after(tokenLife, () => {
        if (tasks.get(watch.taskId) === watch) tasks.delete(watch.taskId)
      })
    },
  }

  return {
    of: (taskId: string): Watch | undefined => tasks.get(taskId),
    hasSubmitted: (taskId: string) => tasks.get(taskId)?.hasSubmitted() ?? false,

    /** @param page - the watch's page, if a later watch of that page would supersede it. */
    follow(taskId: string, watch: PageWatch, page?: object): Watch {
      if (open.size === 0) stopListening = atProcessEnd(() => endAll('process-end'))
      open.add(watch)
      if (page) untold.set(page, watch)
      const followed = new TaskWatch(taskId, watch, common)
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

/** What the watches of all tasks have in common. */
interface Common {
  now(): number
  readonly decide: Decide
  readonly noted: (taskId: string, state: string) => void
  /** The page is no longer watched. */
  settled(watch: PageWatch): void
  /** The verdict was handed over. */
  decided(watch: Watch): void
}

interface Told {
  readonly verdict: Verdict
  readonly delivery: WatchDelivery | Promise<WatchDelivery>
}

class TaskWatch implements Watch {
  readonly taskId: string
  readonly verdict: Promise<Verdict>
  readonly delivery: Promise<WatchDelivery>
  readonly #common: Common
  readonly #armedAt: number
  /** `undefined` after the verdict, so that remembering the task does not keep its page in memory. */
  #armed: PageWatch | undefined
  #site: string | undefined
  /** The user's verdict. Its feedback is in the outbox when the user's call returns. */
  #told: Told | undefined
  #latest: Verdict['kind'] | undefined
  #hasSubmitted: boolean = false

  constructor(taskId: string, watch: PageWatch, common: Common) {
    this.taskId = taskId
    this.verdict = watch.verdict
    this.#common = common
    this.#armedAt = common.now()
    this.#armed = watch
    this.delivery = watch.verdict.then((verdict) => {
      common.decided(this)
      return this.#told?.verdict === verdict ? this.#told.delivery : this.#settle(verdict)
    })
  }

  /** A task has one token, so a later watch of it submits the same again. */
  readonly hasSubmitted = () => this.#armed?.hasSubmitted() ?? this.#hasSubmitted

  readonly accept = () => this.#tell('accepted')
  readonly reject = () => this.#tell('rejected')
  readonly stop = () => this.#armed?.end('stopped')

  async [Symbol.asyncDispose]() {
    this.stop()
    await this.verdict
  }

  #tell(kind: 'accepted' | 'rejected'): void {
    const verdict = this.#armed?.tell(kind)
    if (verdict) this.#told = { verdict, delivery: this.#settle(verdict) }
    else if (this.#latest !== kind) void this.#settle(withSentence({ kind, by: 'user', why: { trail: [] } }))
  }

  #settle(verdict: Verdict): WatchDelivery | Promise<WatchDelivery> {
    const armed = this.#armed
    const state = armed?.state()
    if (armed) {
      this.#site = armed.site()
      this.#hasSubmitted = armed.hasSubmitted()
      this.#armed = undefined
      this.#common.settled(armed)
    }
    this.#latest = verdict.kind
    const delivery = this.#common.decide(this.taskId, verdict, {
      site: this.#site,
      by: verdict.kind === 'undecided' ? verdict.reason : verdict.by,
      predicate: verdict.why.predicate,
      took: this.#common.now() - this.#armedAt,
    })
    if (state) this.#common.noted(this.taskId, state)
    return delivery
  }
}
