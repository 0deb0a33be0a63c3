import type { Found } from './documents.ts'
import { type Evidence, isRead } from './evidence.ts'
import { isAboutTheSite, type Observation } from './inference.ts'
import { type createAsker, type Opinions, ofAnother } from './predicate.ts'
import type { Predicates } from './sites.ts'
import type { createTurns } from './turns.ts'

interface Judging {
  readonly asker: ReturnType<typeof createAsker>
  readonly turns: ReturnType<typeof createTurns>
  /** Where no rule matched the site there are none, which ends the watch. */
  predicates(): Predicates | undefined
  now(): number
  /** A URL, as it may be told. */
  shown(url: string): string
  /** The crawler had the browser go somewhere. */
  wentElsewhere(): void
  /** Whether the page may be about something else by now. */
  isElsewhere(): boolean
}

/** Has the predicates judge evidence, each piece at its place in the order. */
export function createJudge({ asker, turns, predicates, now, shown, wentElsewhere, isElsewhere }: Judging) {
  /** Asked once more when time runs out: what it looks at beside its evidence may have changed. */
  let last: Evidence | undefined
  /** Settles when it is known whose doing the page is that shows; `undefined` when it is. */
  let known: Promise<unknown> | undefined

  function learn(knowing: Promise<unknown>): void {
    const own = knowing.finally(() => {
      if (known === own) known = undefined
    })
    known = own
  }

  /** Takes the evidence's place in the order at once; its predicates fill that. */
  function judge(found: Found | Promise<Found>, at = now()): void {
    const fill = turns.keep()
    const give = (evidence: Found) => {
      if (evidence) return ask(evidence, at, fill)
      fill(undefined)
      wentElsewhere()
    }
    if (found instanceof Promise) learn(found.then(give))
    else give(found)
  }

  function ask(evidence: Evidence, at: number, fill: (observation: Observation) => void): void {
    const asked = predicates()
    if (!asked) return
    const seen = () => `${evidence.kind} ${evidence.status ?? 'within the page'} ${shown(evidence.url)}`
    if (isAboutTheSite(evidence.status)) {
      fill({ kind: 'faulted', at, seen: () => `${seen()}: a fault of the site` })
      return
    }
    last = evidence
    const judged = (opinions: Opinions) => fill({ kind: 'judged', at, seen, ...opinions })
    const opinions = asker.askBoth(asked, evidence)
    if (!(opinions instanceof Promise)) judged(opinions)
    else
      void opinions.then(async (opinions) => {
        await known
        judged(isElsewhere() && !isRead(evidence) ? { accepted: ofAnother } : opinions)
      })
  }

  return {
    last: () => last,

    judge,

    /** What some page did that may be the crawler's. */
    judgeBeside(evidence: Evidence): void {
      judge(known ? known.then(() => (isElsewhere() ? undefined : evidence)) : evidence)
    },

    /** A page that is no evidence, but may be the crawler's. */
    overlook(found: Promise<Found>): void {
      learn(found.then((evidence) => evidence || wentElsewhere()))
    },
  }
}
