/** `pnpm simulate [visits] [seed]`: generated visits, on all cores. Exits with 1 if a verdict contradicts the truth. */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { itsFolder } from './core.ts'
import { merge, type Report, type Within } from './run.ts'

interface Options {
  readonly visits: number
  /** The first seed; each batch uses the next one. Default: 1. */
  readonly seed?: number | undefined
  /** Visits of one seed. Default: 1,000. */
  readonly batch?: number | undefined
  /** The path of core's source. */
  readonly folder?: string | undefined
  /** How many wrong verdicts of each batch are shrunk to stories. Default: 2. */
  readonly shrunk?: number | undefined
  readonly within?: Within | undefined
  /** Whether to go on after a batch with wrong verdicts. Default: true. */
  readonly goesOn?: boolean | undefined
}

export async function simulate({
  visits,
  seed = 1,
  batch = 1_000,
  folder = itsFolder,
  shrunk = 2,
  within,
  goesOn = true,
}: Options): Promise<Report> {
  const reports: Report[] = []
  let next = 0
  const isOver = () => next * batch >= visits || (!goesOn && reports.some(({ sensible }) => sensible.wrong > 0))
  await Promise.all(
    Array.from({ length: Math.min(availableParallelism(), Math.ceil(visits / batch)) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { folder } })
      try {
        while (!isOver()) {
          const index = next++
          const { promise, resolve, reject } = Promise.withResolvers<Report>()
          worker.once('message', resolve)
          worker.once('error', reject)
          worker.postMessage({ seed: seed + index, count: Math.min(batch, visits - index * batch), shrunk, within })
          reports.push(await promise)
          worker.off('error', reject)
        }
      } finally {
        await worker.terminate()
      }
    }),
  )
  return merge(reports)
}

/** Formats a report. */
export function told({ visits, sensible, hasty, stories }: Report): string {
  const lines = [`${visits} visits`]
  for (const [kind, { verdicts, right, wrong, undecided, lost }] of Object.entries({ sensible, hasty })) {
    const lostCount = Object.values(lost).reduce((sum, count) => sum + count, 0)
    const share = ((100 * lostCount) / Math.max(1, lostCount + right + wrong)).toFixed(1)
    lines.push(`${kind} predicates: ${verdicts} watches, ${right} right, ${wrong} WRONG, ${undecided} undecided`)
    lines.push(`  a person could have told of ${lostCount} that are undecided, ${share} % of such`)
    for (const [reason, count] of byCount(lost)) lines.push(`    ${reason}: ${count}`)
  }
  const shown = byCount(stories).slice(0, 20)
  for (const [story, count] of shown) lines.push('', `WRONG, ${count} like it:`, story)
  return lines.join('\n')
}

const byCount = (counts: Readonly<Record<string, number>>) => Object.entries(counts).sort(([, a], [, b]) => b - a)

if (import.meta.main) {
  const [visits = 1_000_000, seed = 1] = process.argv.slice(2).map(Number)
  const started = performance.now()
  const report = await simulate({ visits, seed })
  console.log(told(report))
  console.log(`${((performance.now() - started) / 1_000).toFixed(0)} s, seed ${seed}`)
  if (report.sensible.wrong > 0) process.exitCode = 1
}
