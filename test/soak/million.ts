import { openOutboxFile } from '@regotcha-feedback/core/outbox-file'
import { openSqliteFile } from '../../packages/core/src/delivery/sqlite/sqlite-file.ts'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import { openYard } from '../outbox/crawlers.ts'
import type { Row } from './table.ts'

/** Measures the cost of starting with, and inspecting, a file with many pending feedbacks, as after a long outage. */
export async function million(backlog: number): Promise<readonly Row[]> {
  await using yard = await openYard()
  const { sandbox, file } = yard
  yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const pace = { perMinute: 4, burst: 2 }
  const start = async (path: string) => {
    const began = performance.now()
    const crawler = await yard.crawler({ file: path, quiet: true, execArgv: ['--expose-gc'], pace })
    await crawler.ask({ kind: 'report', taskIds: yard.tasks(1) }, 'reported')
    const took = performance.now() - began
    const { heap } = await crawler.ask({ kind: 'weigh' }, 'weighed')
    const { p50, lag, memory } = await crawler.ask({ kind: 'report', taskIds: yard.tasks(200), every: 2 }, 'reported')
    crawler.kill('SIGKILL')
    await crawler.exited
    return { took, heap, p50, lag, memory }
  }
  const empty = await start(`${yard.directory}/empty.sqlite`)
  fill(file, accountOf(sandbox.clientKey, sandbox.apiURL), backlog)
  const full = await start(file)

  using outbox = openOutboxFile(file)
  const began = performance.now()
  const [account] = outbox.status({ now: Date.now(), pace })
  const statusTook = performance.now() - began
  const lost = backlog + 201 - (account?.counts.pending ?? 0)
  const beside = (what: string, of: keyof typeof full, unit: string, scale = 1) =>
    `${what} ${(full[of] / scale).toFixed(0)} ${unit}, with an empty file ${(empty[of] / scale).toFixed(0)} ${unit}`
  return [
    {
      fault: `${backlog.toLocaleString('en')} wait in the file`,
      times: 'once',
      lost,
      besides: [
        {
          what: beside('from a process’s start to its first report', 'took', 'ms'),
          goal: 'unchanged',
          isMet: full.took < 1.5 * empty.took,
        },
        { what: beside('heap', 'heap', 'MB', 1e6), goal: 'unchanged', isMet: full.heap < 1.2 * empty.heap },
        { what: beside('memory', 'memory', 'MB', 1e6) },
        { what: beside('report() p50', 'p50', 'µs'), goal: 'unchanged', isMet: full.p50 < 1.5 * empty.p50 },
        { what: beside('longest delay of the event loop', 'lag', 'ms') },
        { what: `\`status\` ${statusTook.toFixed(0)} ms`, goal: '< 1 s', isMet: statusTook < 1000 },
      ],
    },
  ]
}

function fill(path: string, account: string, count: number): void {
  const db = openSqliteFile(path, account, 86_400_000)
  const decidedAt = Date.now()
  for (let i = 0; i < count; i += 10_000) {
    db.transaction(() => {
      for (let task = i; task < Math.min(count, i + 10_000); task++)
        db.add({ taskId: `task_${task}`, valid: true, decidedAt, expiresAt: decidedAt + 80_000_000 + task })
    })
  }
  db.close()
}
