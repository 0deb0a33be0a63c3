import type { Clock } from './clock.ts'
import type { Outbox, VerdictCounts } from './delivery/outbox.ts'
import type { Events } from './events.ts'
import type { FeedbackEvents } from './feedback-events.ts'
import type { Verdict } from './inference/verdict.ts'
import { createRecentVerdicts } from './recent-verdicts.ts'

/** How many tokens were accepted, rejected or left undecided. A task counts once; what was dropped does not count. */
export interface Acceptance extends VerdictCounts {
  /** The part of the decided ones that was accepted, from 0 to 1; `undefined` when none was decided. */
  readonly rate: number | undefined
}

/** Which verdicts are counted. */
export interface AcceptanceFilter {
  /** Only of this site, by the host of the page that submitted. What you told with `report()` has none. Default: all. */
  readonly site?: string | undefined
  /** A `Date`, or ms since the epoch. Default: 24 hours ago. */
  readonly since?: Date | number | undefined
}

interface CheckedFilter extends AcceptanceFilter {
  readonly since?: number | undefined
}

/** When a site's acceptance rate counts as fallen: by its latest decided verdicts, counted in this process. */
export interface AcceptanceAlert {
  /** The rate below which it has fallen, from 0 to 1; 0 never tells. Default: 0.5. */
  readonly threshold: number
  /** How many of a site's latest decided verdicts count. Default: 20. */
  readonly window: number
  /** From how many on, at most `window`. Default: 10, or the window if that is smaller. */
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

/** How the sites take the tokens: counted on demand by the outbox, and as it happens for the events. */
export function createAcceptance({ outbox, events, clock, alert: { threshold, window, minimum } }: AcceptanceOptions) {
  const recent = createRecentVerdicts()
  const sites = new Map<string, SiteWindow>()

  function begin(site: string, isFallen: boolean): SiteWindow {
    const begun = { latest: [], isFallen }
    sites.set(site, begun)
    return begun
  }

  /** The window begins anew at each turn: a recovery shows in what was decided since the fall. */
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
    /** @param site - none where the user reported it. */
    decided(taskId: string, kind: Verdict['kind'], site?: string, isHeld = false): void {
      const isNew = recent.add(taskId, { kind, site, isHeld, decidedAt: clock.now() })
      if (isNew && site !== undefined && kind !== 'undecided') watch(site, kind === 'accepted')
    },
    /** Drops a held verdict, which then counts no more. */
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
