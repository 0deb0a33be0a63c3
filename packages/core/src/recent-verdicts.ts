import type { VerdictCounts, VerdictFilter } from './delivery/outbox.ts'
import type { Verdict } from './inference/verdict.ts'

export interface RecentVerdict {
  readonly kind: Verdict['kind']
  readonly site: string | undefined
  readonly decidedAt: number
  /** A held one gives way to another decision, as an undecided one does. */
  readonly isHeld: boolean
}

const most = 10_000

/** The latest verdicts of this process, for outboxes that keep no history. */
export function createRecentVerdicts() {
  const verdicts = new Map<string, RecentVerdict>()

  return {
    /** Returns whether it stands: the first decision of a task does. */
    add(taskId: string, verdict: RecentVerdict): boolean {
      const known = verdicts.get(taskId)
      if (known && known.kind !== 'undecided' && !known.isHeld) return false
      verdicts.delete(taskId) // the latest stands last
      verdicts.set(taskId, verdict)
      if (verdicts.size > most) verdicts.delete(verdicts.keys().next().value ?? '')
      return true
    },
    delete: (taskId: string) => void verdicts.delete(taskId),
    counts({ site, since }: VerdictFilter): VerdictCounts {
      const counts = { accepted: 0, rejected: 0, undecided: 0 }
      for (const verdict of verdicts.values()) {
        if (verdict.decidedAt >= since && (site === undefined || verdict.site === site)) counts[verdict.kind]++
      }
      return counts
    },
  }
}
