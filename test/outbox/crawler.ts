/** A crawler in its own process, controlled by messages of its parent. Every answer is a message. */
import { appendFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { systemClock } from '../../packages/core/src/clock.ts'
import type { Command, CrawlerOptions, Message } from './crawlers.ts'

const tell = (message: Message) => void process.send?.(message)
const { ahead = 0, pace, marks, quiet, unruly, redis } = JSON.parse(process.argv[2] ?? '') as CrawlerOptions
const { bullmqOutbox } = (redis && (await import('@regotcha-feedback/bullmq'))) || {}
const feedback = createRegotchaFeedback({
  pace,
  clock: { ...systemClock, now: () => Date.now() + ahead },
  outbox: redis ? bullmqOutbox?.({ connection: redis }) : undefined,
})
/** Kept, since a connection that is garbage-collected gives up its lock. */
const locks: object[] = []
const loop = monitorEventLoopDelay({ resolution: 1 })

feedback.on('failed', (failure) => tell({ kind: 'failed', failure }))
if (unruly) {
  for (const name of ['delivered', 'failed'] as const) {
    feedback.on(name, () => {
      throw new Error(`this listener of ${name} throws`)
    })
    feedback.on(name, () => Promise.reject(new Error(`this listener of ${name} rejects`)))
  }
}

/** Returns how long it took, in µs. */
function report(taskId: string, valid = true): number {
  const begin = performance.now()
  const delivery = feedback.report(taskId, valid)
  const took = (performance.now() - begin) * 1000
  if (marks) appendFileSync(marks, `${taskId}\n`)
  if (quiet) return took
  tell({ kind: 'acknowledged', taskId })
  void delivery.then((delivery) => tell({ kind: 'delivery', taskId, delivery }))
  return took
}

const percentile = (sorted: readonly number[], share: number) => sorted[Math.floor(sorted.length * share)] ?? 0

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

async function obey(command: Command): Promise<void> {
  switch (command.kind) {
    case 'report': {
      const begin = performance.now()
      const times: number[] = []
      loop.enable()
      loop.reset()
      for (const taskId of command.taskIds) {
        times.push(report(taskId, command.valid))
        if (command.every !== undefined) await setTimeout(command.every)
      }
      loop.disable()
      times.sort((a, b) => a - b)
      const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)]
      const took = performance.now() - begin
      return tell({ kind: 'reported', p50, p99, took, lag: loop.max / 1e6, memory: process.memoryUsage().rss })
    }
    case 'weigh':
      globalThis.gc?.()
      return tell({ kind: 'weighed', heap: process.memoryUsage().heapUsed })
    case 'idle':
      loop.enable()
      loop.reset()
      await setTimeout(command.ms)
      loop.disable()
      return tell({ kind: 'idled', p50: loop.percentile(50) / 1e6, p99: loop.percentile(99) / 1e6 })
    case 'flush':
      return tell({ kind: 'flushed', report: await feedback.flush({ timeout: 30_000 }) })
    case 'report-and-stop':
      report(command.taskId)
      await setImmediate() // it is claimed, and its request not yet written
      tell({ kind: 'stopping' })
      return void process.kill(process.pid, 'SIGSTOP')
    case 'block':
      block(command.ms)
      return tell({ kind: 'blocked' })
    case 'lock': {
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
      const db = new DatabaseSync(command.file)
      db.exec('BEGIN IMMEDIATE')
      locks.push(db)
      return tell({ kind: 'locked' })
    }
    case 'exit':
      return process.exit(0)
    case 'throw':
      process.nextTick(() => {
        throw new Error('the crawler has a bug')
      })
      return
    case 'exhaust-memory': {
      const hoard: object[] = []
      for (;;) hoard.push({ ...hoard })
    }
    case 'end':
      return process.disconnect()
  }
}

process.on('message', (command: Command) => void obey(command))
tell({ kind: 'ready' })
