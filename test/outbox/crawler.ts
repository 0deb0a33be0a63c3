/** A crawler in a process of its own, that does what its parent tells it. Every answer is a message. */
import { setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { systemClock } from '../../packages/core/src/clock.ts'
import type { Command, CrawlerOptions, Message } from './crawlers.ts'

const tell = (message: Message) => void process.send?.(message)
const { pace, ahead } = JSON.parse(process.argv[2] ?? '') as Required<CrawlerOptions>
const feedback = createRegotchaFeedback({ pace, clock: { ...systemClock, now: () => Date.now() + ahead } })

feedback.on('failed', (failure) => tell({ kind: 'failed', failure }))

function report(taskId: string, valid = true): void {
  const delivery = feedback.report(taskId, valid)
  tell({ kind: 'acknowledged', taskId })
  void delivery.then((delivery) => tell({ kind: 'delivery', taskId, delivery }))
}

async function obey(command: Command): Promise<void> {
  switch (command.kind) {
    case 'report': {
      for (const taskId of command.taskIds) {
        report(taskId, command.valid)
        if (command.every !== undefined) await setTimeout(command.every)
      }
      return tell({ kind: 'reported' })
    }
    case 'flush':
      return tell({ kind: 'flushed', report: await feedback.flush({ timeout: 30_000 }) })
    case 'block': {
      const until = performance.now() + command.ms
      while (performance.now() < until);
      return tell({ kind: 'blocked' })
    }
    case 'lock': {
      const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
      new DatabaseSync(command.file).exec('BEGIN IMMEDIATE')
      return tell({ kind: 'locked' })
    }
    case 'exit':
      return process.exit(0)
    case 'throw':
      setImmediate(() => {
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
