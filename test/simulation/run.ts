/** Plays many visits, counts their verdicts, and shrinks those with wrong verdicts. */
import fc from 'fast-check'
import type { Core } from './core.ts'
import type { Judgement } from './judgement.ts'
import { storyOf } from './story.ts'
import { visits as all, play, type Visit } from './visit.ts'

interface Tally {
  verdicts: number
  right: number
  wrong: number
  undecided: number
  /** Undecided verdicts that a person could have decided, by reason. */
  lost: Record<string, number>
}

/** `hasty`: with predicates that can't distinguish success from refusal on the site; counted separately. */
export interface Report {
  visits: number
  sensible: Tally
  hasty: Tally
  /** Wrong verdicts of sensible predicates, each shrunk to its smallest visit, with the number that shrank to it. */
  stories: Record<string, number>
}

const tally = (): Tally => ({ verdicts: 0, right: 0, wrong: 0, undecided: 0, lost: {} })

export const emptyReport = (): Report => ({ visits: 0, sensible: tally(), hasty: tally(), stories: {} })

/** Traits that all visits have. */
export type Within = { readonly [Part in Exclude<keyof Visit, 'goods'>]?: Partial<Visit[Part]> }

const visitsOf = ({ site, crawler, host, asks }: Within) =>
  all.map((visit) => ({
    ...visit,
    site: { ...visit.site, ...site },
    crawler: { ...visit.crawler, ...crawler },
    host: { ...visit.host, ...host },
    asks: { ...visit.asks, ...asks },
  }))

interface Running {
  readonly seed: number
  readonly count: number
  /** How many wrong verdicts are shrunk at most. Each takes as long as a hundred visits. */
  readonly shrunk: number
  readonly within?: Within | undefined
}

/** Plays the visits of one seed. */
export async function run(core: Core, { seed, count, shrunk, within = {} }: Running): Promise<Report> {
  const visits = visitsOf(within)
  const report = { ...emptyReport(), visits: count }
  let left = shrunk
  for (const [index, visit] of fc.sample(visits, { seed, numRuns: count }).entries()) {
    const { judgements, isSensible } = await played(visit, core)
    const isWrong = wrongFor(isSensible)
    for (const judgement of judgements) {
      const tally = isSensible || isWrong(judgement) ? report.sensible : report.hasty
      tally.verdicts += 1
      tally[judgement.kind] += 1
      if (judgement.kind === 'undecided' && judgement.isLost) add(tally.lost, judgement.reason, 1)
    }
    if (left === 0 || !judgements.some(isWrong)) continue
    left -= 1
    add(report.stories, await storyOf(await smallest(core, visits, seed, index), core), 1)
  }
  return report
}

/** Whether a verdict contradicts the truth with sensible predicates, or with any predicates. */
const wrongFor = (isSensible: boolean) => (judgement: Judgement) =>
  judgement.kind === 'wrong' && (isSensible || judgement.isAnyhow)

/** Shrinks the visit with this index to the smallest one with a wrong verdict. */
async function smallest(core: Core, visits: typeof all, seed: number, index: number): Promise<Visit> {
  const isFine = fc.asyncProperty(visits, async (visit) => {
    const { judgements, isSensible } = await played(visit, core)
    return !judgements.some(wrongFor(isSensible))
  })
  const { counterexample } = await fc.check(isFine, { seed, path: String(index), numRuns: index + 1 })
  if (!counterexample) throw new Error(`visit ${index} of seed ${seed} went wrong, and then did not`)
  return counterexample[0]
}

async function played(visit: Visit, core: Core) {
  try {
    return await play(visit, core)
  } catch (cause) {
    throw new Error(`this visit threw: ${JSON.stringify(visit)}`, { cause })
  }
}

export function add(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count
}

export function merge(reports: readonly Report[]): Report {
  const all = emptyReport()
  for (const report of reports) {
    all.visits += report.visits
    for (const kind of ['sensible', 'hasty'] as const) {
      for (const count of ['verdicts', 'right', 'wrong', 'undecided'] as const) all[kind][count] += report[kind][count]
      for (const [reason, count] of Object.entries(report[kind].lost)) add(all[kind].lost, reason, count)
    }
    for (const [story, count] of Object.entries(report.stories)) add(all.stories, story, count)
  }
  return all
}
