import type { Clock } from './clock.ts'
import type { Outbox, VerdictCounts } from './delivery/outbox.ts'
import type { Events } from './events.ts'
import type { FeedbackEvents } from './feedback-events.ts'
import type { Verdict } from './inference/verdict.ts'
import { createRecentVerdicts } from './recent-verdicts.ts'

/** How many tokens were accepted, rejected or left undecided. A task counts once. Dropped feedback does not count. */
export interface Acceptance extends VerdictCounts {
  /** `accepted / (accepted + rejected)`; `undefined` if both are 0. */
  readonly rate: number | undefined
}

/** Selects the verdicts to count. */
export interface AcceptanceFilter {
  /** Only this site: the host of the page that submitted. Feedback of `report()` has no site. Default: all sites. */
  readonly site?: string | undefined
  /** A `Date`, or ms since the epoch. Default: 24 hours ago. */
  readonly since?: Date | number | undefined
}

interface CheckedFilter extends AcceptanceFilter {
  readonly since?: number | undefined
}

/** When `degraded` fires. The rate is that of a site's latest decided verdicts, counted in this process. */
export interface AcceptanceAlert {
  /** `degraded` fires below this rate, from 0 to 1; with 0 it never fires. Default: 0.5. */
  readonly threshold: number
  /** How many of a site's latest decided verdicts count. Default: 20. */
  readonly window: number
  /** How many verdicts are needed first, at most `window`. Default: 10, or the window if that is smaller. */
  readonly minimum: number
}

export interface AcceptanceOptions {
  readonly outbox: Pick<Outbox, 'counts' | 'drop'>
  readonly events: Events<FeedbackEvents>
  readonly clock: Clock
  readonly alert: AcceptanceAlert
}

/** The decided verdicts of one site since its rate last fell or recovered. */
interface SiteWindow {
  /** Whether each was accepted. */
  readonly latest: boolean[]
  readonly isFallen: boolean
}

const day = 24 * 60 * 60_000

/** Acceptance rates: the outbox counts them on demand, and this object counts them for the events. */
export function createAcceptance({ outbox, events, clock, alert: { threshold, window, minimum } }: AcceptanceOptions) {
  const recent = createRecentVerdicts()
  const sites = new Map<string, SiteWindow>()

  function begin(site: string, isFallen: boolean): SiteWindow {
    const begun = { latest: [], isFallen }
    sites.set(site, begun)
    return begun
  }

  /** After each event the window starts over, so that only verdicts after the fall count towards recovery. */
  function watch(site: string, isAccepted: boolean): void {
    const { latest, isFallen } = sites.get(site) ?? begin(site, false)
    latest.push(isAccepted)
    if (latest.length > window) latest.shift()
    if (latest.length < minimum) return
    const accepted = latest.filter(Boolean).length
    const rate = accepted / latest.length
    if (rate < threshold === isFallen) return
    begin(site, !isFallen)
    events.emit(isFallen ? 'recovered' : 'degraded', { site, rate, accepted, rejected: latest.length - accepted })
  }

  return {
    /** @param site - `undefined` if the user reported the verdict. */
    decided(taskId: string, kind: Verdict['kind'], site?: string, isHeld = false): void {
      const isNew = recent.add(taskId, { kind, site, isHeld, decidedAt: clock.now() })
      if (isNew && site !== undefined && kind !== 'undecided') watch(site, kind === 'accepted')
    },
    /** Drops a held verdict, so that it no longer counts. */
    async drop(taskId: string): Promise<boolean> {
      const isDropped = await outbox.drop(taskId)
      if (isDropped) recent.remove(taskId)
      return isDropped
    },
    async of({ site, since = clock.now() - day }: CheckedFilter): Promise<Acceptance> {
      const filter = { site, since }
      const { accepted, rejected, undecided } = (await outbox.counts?.(filter)) ?? recent.counts(filter)
      const decided = accepted + rejected
      return { accepted, rejected, undecided, rate: decided > 0 ? accepted / decided : undefined }
    },
  }
}
