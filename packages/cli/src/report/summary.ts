import {
  type FeedbackRecord,
  type FeedbackState,
  isAbsence,
  type VerdictRecord,
} from '@regotcha-feedback/core/outbox-file'
import { timeDay, timeHour } from 'd3-time'
import { type NextStep, nextStepsOf } from './next-steps.ts'
import { type Spread, spreadOf } from './spread.ts'

export type VerdictKind = VerdictRecord['kind']

/** How many verdicts of each kind. */
export type Verdicts = Readonly<Record<VerdictKind, number>>

/** What the report says, in numbers. */
export interface Summary {
  readonly madeAt: number
  /** The first and the last moment in it; both `madeAt` when there is nothing. */
  readonly from: number
  readonly to: number
  readonly verdicts: Verdicts
  /** The most frequent first; verdicts without a page are under the site `undefined`. `byAbsence`: see {@link isAbsence}. */
  readonly sites: readonly ({ readonly site: string | undefined; readonly byAbsence: number } & Verdicts)[]
  readonly unit: 'hour' | 'day'
  /** Without a gap from the first moment to the last. */
  readonly overTime: readonly ({ readonly at: number; readonly delivered: number } & Verdicts)[]
  readonly predicates: readonly PredicateCount[]
  readonly undecided: readonly ReasonCount[]
  readonly nextSteps: readonly NextStep[]
  /** From arming to the verdict, in ms. */
  readonly took: Spread
  readonly delivery: {
    readonly states: Readonly<Record<FeedbackState, number>>
    /** From the verdict to the API's answer, in ms. */
    readonly latency: Spread
    /** How many were delivered at the first attempt, at the second, …; the last: at that one or a later. */
    readonly attempts: readonly number[]
    /** How many were delivered in the busiest minute. */
    readonly busiestMinute: number
    readonly dead: readonly ReasonCount[]
    /** Of what is pending; `undefined` when nothing is. */
    readonly oldestDeadline: number | undefined
  }
}

export interface PredicateCount {
  readonly kind: VerdictKind
  readonly by: string
  readonly predicate: string | undefined
  readonly count: number
  /** At how many sites. */
  readonly sites: number
}

interface ReasonCount {
  readonly reason: string
  readonly count: number
}

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const tookEdges = [0.5 * second, second, 2 * second, 5 * second, 10 * second, 30 * second, minute]
const latencyEdges = [second, 10 * second, minute, 10 * minute, hour, 6 * hour]
const mostAttempts = 6

export function summarize(
  verdicts: Iterable<VerdictRecord>,
  feedback: Iterable<FeedbackRecord>,
  madeAt: number,
  recorded: (taskId: string) => string | undefined = () => undefined,
): Summary {
  const total = none()
  const sites = new Map<string | undefined, ReturnType<typeof newSite>>()
  const predicates = new Map<string, ReturnType<typeof newPredicate>>()
  const undecided: VerdictRecord[] = []
  const took: number[] = []
  const timeline = createTimeline()

  for (const verdict of verdicts) {
    const { kind, site, decidedAt, predicate } = verdict
    // As earlier versions wrote it.
    const by = verdict.by === 'deadline' ? 'silence' : verdict.by
    const ofSite = entry(sites, site, newSite)
    for (const counts of [total, ofSite, timeline.at(decidedAt)]) counts[kind]++
    if (isAbsence(verdict)) ofSite.byAbsence++
    took.push(verdict.took)
    if (kind === 'undecided') {
      undecided.push(verdict)
      continue
    }
    const ofPredicate = entry(predicates, `${kind} ${by} ${predicate}`, () => newPredicate({ ...verdict, by }))
    ofPredicate.count++
    ofPredicate.sites.add(site)
  }

  const delivery = summarizeDelivery(feedback, (at) => timeline.at(at).delivered++)
  return {
    madeAt,
    ...timeline.buckets(madeAt),
    verdicts: total,
    sites: [...sites].map(([site, counts]) => ({ site, ...counts })).sort((a, b) => sum(b) - sum(a)),
    predicates: [...predicates.values()].map((each) => ({ ...each, sites: each.sites.size })).sort(byCount),
    undecided: counted(undecided.map(({ by }) => by)),
    nextSteps: nextStepsOf(undecided, recorded),
    took: spreadOf(took, tookEdges),
    delivery,
  }
}

function summarizeDelivery(feedback: Iterable<FeedbackRecord>, delivered: (at: number) => void): Summary['delivery'] {
  const states = { pending: 0, held: 0, delivered: 0, dead: 0, expired: 0, dropped: 0, conflict: 0 }
  const attempts: number[] = Array.from({ length: mostAttempts }, () => 0)
  const latencies: number[] = []
  const minutes = new Map<number, number>()
  const dead: string[] = []
  let oldestDeadline: number | undefined
  for (const { state, reason = 'unknown', decidedAt, endedAt = decidedAt, expiresAt, ...row } of feedback) {
    states[state]++
    if (state === 'dead') dead.push(reason)
    if (state === 'pending') oldestDeadline = Math.min(oldestDeadline ?? expiresAt, expiresAt)
    if (state !== 'delivered') continue
    delivered(endedAt)
    latencies.push(Math.max(0, endedAt - decidedAt))
    count(minutes, Math.floor(endedAt / minute))
    const nth = Math.min(Math.max(row.attempts, 1), mostAttempts) - 1
    attempts[nth] = (attempts[nth] ?? 0) + 1
  }
  let busiestMinute = 0
  for (const deliveries of minutes.values()) busiestMinute = Math.max(busiestMinute, deliveries)
  return {
    states,
    latency: spreadOf(latencies, latencyEdges),
    attempts,
    busiestMinute,
    dead: counted(dead),
    oldestDeadline,
  }
}

type Bucket = { -readonly [name in VerdictKind | 'delivered']: number }

/** Counts by the hour or by the day of who makes the report, whichever suits the time that is covered. */
function createTimeline() {
  const quarters = new Map<number, Bucket>() // every time zone's hours and days consist of these
  const newBucket = () => ({ ...none(), delivered: 0 })

  return {
    at: (ms: number) => entry(quarters, Math.floor(ms / (hour / 4)), newBucket),
    buckets(madeAt: number): Pick<Summary, 'from' | 'to' | 'unit' | 'overTime'> {
      const starts = [...quarters.keys()].sort((a, b) => a - b).map((quarter) => quarter * (hour / 4))
      const [from = madeAt, to = from] = [starts[0], starts.at(-1)]
      const unit = to - from < 48 * hour ? 'hour' : 'day'
      const interval = unit === 'hour' ? timeHour : timeDay
      const floor = (ms: number) => Number(interval.floor(new Date(ms)))
      const range = starts.length > 0 ? interval.range(new Date(floor(from)), new Date(to + 1)) : []
      const buckets = new Map(range.map((at) => [Number(at), newBucket()]))
      for (const [quarter, counts] of quarters) {
        const bucket = entry(buckets, floor(quarter * (hour / 4)), newBucket)
        for (const kind of ['accepted', 'rejected', 'undecided', 'delivered'] as const) bucket[kind] += counts[kind]
      }
      return { from, to, unit, overTime: [...buckets].map(([at, counts]) => ({ at, ...counts })) }
    },
  }
}

const none = () => ({ accepted: 0, rejected: 0, undecided: 0 })
const newSite = () => ({ ...none(), byAbsence: 0 })
const newPredicate = ({ kind, by, predicate }: VerdictRecord) => {
  return { kind, by, predicate, count: 0, sites: new Set<string | undefined>() }
}

export const sum = ({ accepted, rejected, undecided }: Verdicts) => accepted + rejected + undecided

/** The part of the decided verdicts that was accepted, from 0 to 1; `undefined` when none was decided. */
export const acceptanceRate = ({ accepted, rejected }: Verdicts) =>
  accepted + rejected === 0 ? undefined : accepted / (accepted + rejected)

const byCount = (a: { readonly count: number }, b: { readonly count: number }) => b.count - a.count

const counted = (reasons: readonly string[]): ReasonCount[] =>
  [...Map.groupBy(reasons, (reason) => reason)].map(([reason, all]) => ({ reason, count: all.length })).sort(byCount)

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function entry<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const value = map.get(key) ?? create()
  map.set(key, value)
  return value
}
