import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { OutboxFile } from '@regotcha-feedback/core/outbox-file'
import type { Answer } from '../answer.ts'
import type { ReportOptions } from '../commands/report.ts'
import { CommandError, exitCode } from '../exit-code.ts'
import { recordedIn } from '../recorded.ts'
import { type GlobalOptions, openOutbox } from '../settings.ts'
import { number, percent, plural } from '../words.ts'
import { page } from './page.ts'
import { serve } from './serve.ts'
import { acceptanceRate, type Summary, sum, summarize } from './summary.ts'

/** Writes the page, serves it, or prints its numbers. */
export async function report(
  { days, serve: isServed, port, ...options }: ReportOptions & GlobalOptions,
  file: string,
): Promise<Answer> {
  using outbox = openOutbox(options)
  const read = () => summaryOf(outbox, Date.now(), days, recordedIn(options))
  if (isServed) return await serve({ page: () => page(read(), { isLive: true }), port, asJson: options.json === true })
  const summary = read()
  if (options.json) return { data: summary, text: '' }
  const text = page(summary)
  if (file === '-') return { data: undefined, text }
  const path = resolve(file)
  write(path, text)
  return { data: undefined, text: `${path}\n${told(summary)}` }
}

const day = 24 * 60 * 60_000

function summaryOf(outbox: OutboxFile, now: number, days: number, recorded: ReturnType<typeof recordedIn>): Summary {
  const since = now - days * day
  const feedback = outbox.list({ limit: Number.MAX_SAFE_INTEGER }).filter(({ decidedAt }) => decidedAt >= since)
  return summarize(outbox.verdicts(since), feedback, now, recorded)
}

function told({ verdicts, delivery: { states } }: Summary): string {
  if (sum(verdicts) === 0) return 'There are no verdicts yet.'
  const rate = `${percent(acceptanceRate(verdicts))} of ${plural(verdicts.accepted + verdicts.rejected, 'decided verdict')} accepted`
  return `${rate}, ${number(verdicts.undecided)} undecided, ${number(states.delivered)} delivered.`
}

/** The report shows which sites are crawled, so only its owner may read it. */
const ours = 0o600

function write(path: string, text: string): void {
  try {
    const file = openSync(path, 'w', ours)
    if (fstatSync(file).isFile()) fchmodSync(file, ours) // an existing file would keep its mode
    writeFileSync(file, text)
    closeSync(file)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    const advice = code === 'ENOENT' ? ': the directory does not exist' : ''
    throw new CommandError(exitCode.usage, `${path} cannot be written (${code})${advice}`)
  }
}
