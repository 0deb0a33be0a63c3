import type { VerdictCounts, VerdictFilter } from './delivery/outbox.ts'
import type { Verdict } from './inference/verdict.ts'

export interface RecentVerdict {
  readonly kind: Verdict['kind']
  readonly site: string | undefined
  readonly decidedAt: number
  /** Another decision replaces a held verdict, as it replaces an undecided one. */
  readonly isHeld: boolean
}

/** At least this many are remembered, and at most twice as many, because forgetting one at a time would be slower. */
const generation = 5_000

/** The latest verdicts of this process, for outboxes that keep no history. */
export function createRecentVerdicts() {
  let younger = new Map<string, RecentVerdict>()
  let older = new Map<string, RecentVerdict>()

  const remove = (taskId: string) => younger.delete(taskId) || older.delete(taskId)

  return {
    /** Returns whether it counts: a task's first decision does. */
    add(taskId: string, verdict: RecentVerdict): boolean {
      const known = younger.get(taskId) ?? older.get(taskId)
      if (known && known.kind !== 'undecided' && !known.isHeld) return false
      if (known) remove(taskId)
      if (younger.size === generation) [younger, older] = [new Map(), younger]
      younger.set(taskId, verdict)
      return true
    },
    remove,
    counts({ site, since }: VerdictFilter): VerdictCounts {
      const counts = { accepted: 0, rejected: 0, undecided: 0 }
      for (const verdict of [...older.values(), ...younger.values()]) {
        if (verdict.decidedAt >= since && (site === undefined || verdict.site === site)) counts[verdict.kind]++
      }
      return counts
    },
  }
}
