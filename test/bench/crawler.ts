/** A crawler in a process of its own, that hands out feedback in one way or another and says what that cost it. */
import { setImmediate, setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { feedbackPath } from '@regotcha-feedback/core/wire'
import { ofetch } from 'ofetch'
import PQueue from 'p-queue'
import { openBareTable } from './bare-table.ts'

export interface Assignment {
  /** Who takes the feedback; `unpaced`: ours without its pace, `insert`: a bare table, which delivers none. */
  readonly how: 'nobody' | 'queue' | 'ours' | 'unpaced' | 'insert'
  /** `burst`: all at once; `turns`: one a turn of the event loop; `work`: 50 a second between work, `idle`: between nothing. */
  readonly when: 'burst' | 'turns' | 'work' | 'idle'
  readonly count: number
  /** The outbox file, which several may share. */
  readonly file?: string
  readonly baseURL: string
}

export interface Cost {
  /** Milliseconds of each call. */
  readonly calls: number[]
  /** Milliseconds of all, from the first call to the last one's return. */
  readonly time: number
  /** Milliseconds of a slice of the crawler's own work. */
  readonly slice: number
}

const every = 20

const document = Array.from({ length: 100 }, (_, index) => ({ index, text: 'what a crawler read', links: ['a', 'b'] }))

interface Taker {
  take(taskId: string): unknown
  leave(): Promise<unknown>
}

function open({ how, baseURL, file = 'memory' }: Assignment): Taker {
  if (how === 'nobody') return { take() {}, async leave() {} }
  if (how === 'queue') {
    const queue = new PQueue({ concurrency: 8 })
    const send = (taskId: string) =>
      ofetch(baseURL + feedbackPath, { method: 'POST', body: { clientKey: 'key', taskId, result: { valid: true } } })
    return {
      take: (taskId) => queue.add(() => send(taskId)),
      leave() {
        queue.clear()
        return queue.onIdle()
      },
    }
  }
  if (how === 'insert') {
    const table = openBareTable(file)
    return { take: table.add, leave: async () => table.close() }
  }
  const pace = how === 'unpaced' ? { perMinute: 600_000, burst: 10_000 } : undefined
  const feedback = createRegotchaFeedback({ baseURL, clientKey: 'key', outbox: { file }, pace })
  return { take: (taskId) => feedback.report(taskId, true), leave: () => feedback.close({ timeout: 1 }) }
}

async function crawl(assignment: Assignment): Promise<Cost> {
  const { when, count } = assignment
  const calls: number[] = []
  let slices = 0
  const taker = open(assignment)
  await setTimeout(every) // what opening leaves to later is done

  const start = performance.now()
  for (let index = 0; index < count; index++) {
    const before = performance.now()
    taker.take(`task_${process.pid}_${index}`)
    calls.push(performance.now() - before)
    if (when === 'turns') await setImmediate()
    if (when === 'idle') await setTimeout(every)
    while (when === 'work' && performance.now() < start + (index + 1) * every) {
      JSON.parse(JSON.stringify(document))
      slices++
      await setImmediate()
    }
  }
  const time = performance.now() - start
  await taker.leave()
  return { calls, time, slice: time / slices }
}

process.on('message', async (assignment: Assignment) => process.send?.(await crawl(assignment)))
process.once('disconnect', () => process.exit())
process.send?.('ready')
