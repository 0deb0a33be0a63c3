/** Watches one page from arming to its verdict. */

import type { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { Observation } from '../inference/observation.ts'
import { arm, deadline } from '../inference/state.ts'
import type { Verdict } from '../inference/verdict.ts'
import type { ObservedNavigation, ObservedRequest, ObservedResponse, Observer, Source } from '../page/source.ts'
import { hostOf, isWeb } from '../page/url.ts'
import { hasRefusal } from '../predicates/refusal.ts'
import { type Predicates, predicatesFor, type SiteRule } from '../predicates/sites.ts'
import { DeadlineTimer } from './deadline-timer.ts'
import { openWatch } from './opened-watch.ts'
import type { PageWatch } from './page-watch.ts'
import type { watchOptionsBySite } from './watch-options.ts'

type Options = z.output<typeof watchOptionsBySite> & {
  /** Whether the token was submitted before. It may then be refused only because it was spent. */
  readonly isRepeat?: boolean
}

export type Ending = (Observation & { kind: 'ended' })['how']

/**
 * @param sites - rules to use if the options have no predicates.
 * @param inferring - called with each observation, in order, when the inference receives it.
 */
export function watchPage(
  source: Source,
  options: Options,
  clock: Clock,
  sites: readonly SiteRule[] = [],
  inferring: (observation: Observation) => void = nothing,
): PageWatch {
  return new ArmedWatch(source, options, clock, sites, inferring)
}

/** What it needs later is created on the first event, because most watches wait a long time for one. */
export class ArmedWatch implements PageWatch, Observer {
  readonly verdict: Promise<Verdict>
  readonly resolve: (verdict: Verdict) => void
  readonly source: Source
  readonly options: Options
  readonly clock: Clock
  readonly sites: readonly SiteRule[]
  readonly inferring: (observation: Observation) => void
  readonly timer: DeadlineTimer
  readonly armedAt: number
  /** The options' own predicates. Without them, the rule for the submission's site is used later. */
  readonly predicates: Predicates | undefined
  stopObserving = nothing
  #opened: ReturnType<typeof openWatch> | undefined

  constructor(...[source, options, clock, sites, inferring]: Required<Parameters<typeof watchPage>>) {
    const { promise, resolve } = Promise.withResolvers<Verdict>()
    this.verdict = promise
    this.resolve = resolve
    this.source = source
    this.options = options
    this.clock = clock
    this.sites = sites
    this.inferring = inferring
    this.predicates = predicatesFor(source.page, options)
    this.timer = new DeadlineTimer(clock, options.verdictTimeout, this)
    this.armedAt = this.timer.now()
    this.timer.set(deadline(arm(this.armedAt), options))
    this.stopObserving = source.observe(this)
    if (!this.#opened) this.#lookAtPage().catch(nothing)
  }

  /** What the page says already is no answer. Most pages refuse nothing yet, so nothing of them is kept. */
  async #lookAtPage(): Promise<void> {
    const html = isWeb(this.source.url()) && (await this.source.html?.())
    if (!html || !hasRefusal(html)) return
    const { story } = this.#parts
    if (story.submissions.length === 0) story.before ??= { text: async () => html }
  }

  get #parts() {
    this.#opened ??= openWatch(this)
    return this.#opened
  }

  request(request: ObservedRequest): void {
    this.#parts.request(request)
  }

  response(response: ObservedResponse): void {
    this.#parts.response(response)
  }

  failed(request: ObservedRequest): void {
    this.#parts.failed(request)
  }

  navigated(navigation: ObservedNavigation): void {
    this.#parts.navigated(navigation)
  }

  ended(how: Ending): void {
    this.#parts.end(how)
  }

  site(): string | undefined {
    return this.#opened?.site() ?? hostOf(this.source.url())
  }

  state(): string {
    return this.#opened?.state() ?? ''
  }

  hasSubmitted(): boolean {
    return (this.#opened?.story.submissions.length ?? 0) > 0
  }

  tell(word: 'accepted' | 'rejected'): Verdict | undefined {
    return this.#parts.tell(word)
  }

  end(how: Ending): void {
    this.#parts.end(how)
  }

  timeIsUp(at: number): void {
    this.#parts.timeIsUp(at)
  }
}

const nothing = () => {}
