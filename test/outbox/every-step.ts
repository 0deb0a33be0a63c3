/**
 * Repeats the life of one outbox file once for each of its steps. Each time another write, sync, rename, removal or mkdir
 * fails. Runs in a process with the faulty C library, and prints what broke.
 */
import { existsSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import type { ClaimedFeedback, Feedback } from '../../packages/core/src/delivery/outbox.ts'
import { createSqliteOutbox } from '../../packages/core/src/delivery/sqlite/sqlite-outbox.ts'
import { controlOf, createControl } from './faulty-libc.ts'
import { type MovedClock, movedClock } from './moved-clock.ts'

export interface StepReport {
  readonly steps: number
  /** The violations, each with the step that failed. */
  readonly violations: readonly string[]
}

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const pace = { perMinute: 60_000, burst: 1000 }
const delivered = { kind: 'delivered', by: 'recorded', attempts: 1 } as const

function open(path: string, clock: MovedClock, troubles: string[]) {
  const outbox = createSqliteOutbox({
    path,
    account: 'account',
    clock,
    history: 86_400_000,
    trouble: (sentence) => troubles.push(sentence),
  })
  const claim = async () => (await outbox.claim({ now: clock.now(), lease: 60_000, limit: 10, pace })).feedback
  return { ...outbox, claim }
}

const feedback = (taskId: string, now: number): Feedback => ({
  taskId,
  valid: true,
  decidedAt: now,
  expiresAt: now + 80_000_000,
})

/** Reports, also behind a lock, delivers one, closes. Returns what went wrong. */
async function live(path: string, clock: MovedClock): Promise<string[]> {
  const troubles: string[] = []
  const outbox = open(path, clock, troubles)
  outbox.add(feedback('a', clock.now()))
  await setTimeout(8) // for the sync
  const [a] = await outbox.claim()
  outbox.hold(feedback('b', clock.now()))
  const lock = existsSync(path) && new DatabaseSync(path)
  try {
    if (lock) lock.exec('BEGIN IMMEDIATE')
  } catch {} // its own step failed
  outbox.add(feedback('c', clock.now()))
  if (lock) lock.close()
  await clock.move(3000)
  await outbox.release('b')
  if (a) await outbox.settle(a as ClaimedFeedback, delivered)
  await setTimeout(8)
  await clock.move(3000)
  await outbox.close()
  return troubles
}

/** The next run must find everything that is owed. Only feedback whose loss was reported may be missing. */
async function judge(path: string, clock: MovedClock, wasTold: boolean): Promise<string[]> {
  await clock.move(600_000, 10_000)
  const troubles: string[] = []
  const next = open(path, clock, troubles)
  const found = new Set<string>()
  for (let i = 0; i < 3; i++) {
    for (const one of await next.claim()) {
      found.add(one.taskId)
      await next.settle(one, delivered)
    }
    await clock.move(61_000, 1000)
  }
  const known = next.add(feedback('a', clock.now()))
  await next.close()
  const wrong = troubles.map((trouble) => `the next run was told: ${trouble}`)
  if (!wasTold) {
    for (const taskId of ['b', 'c']) if (!found.has(taskId)) wrong.push(`${taskId} is lost`)
    if (known.kind === 'added' || known.ending?.kind !== 'delivered') wrong.push('the delivery of a is forgotten')
  }
  if (found.has('a') && !wasTold) wrong.push('a is sent again')
  return wrong
}

const [root = '', error = 'EIO', times = '1'] = process.argv.slice(2)
const control = createControl(controlOf(root))
const violations: string[] = []
process.on('unhandledRejection', (reason) => violations.push(`a rejection escaped: ${reason}`))
let steps = 0
for (let step = 1; step <= steps || step === 1; step++) {
  const path = `${root}/${step}/home/outbox.sqlite`
  const clock = movedClock()
  if (step === 1) {
    await live(`${root}/0/home/outbox.sqlite`, clock)
    steps = control.calls()
  }
  control.fail(error as 'EIO', { nth: step, times: Number(times) })
  const troubles = await live(path, clock).catch((thrown) => {
    violations.push(`step ${step}: it threw ${thrown}`)
    return []
  })
  control.fail(error as 'EIO', { nth: 0 })
  const wrong = await judge(path, clock, times !== '1' && troubles.length > 0)
  violations.push(
    ...wrong.map((what) => `step ${step} of ${steps}: ${what} (told: ${troubles.join(' | ') || 'nothing'})`),
  )
  rmSync(`${root}/${step}`, { recursive: true, force: true })
}
process.stdout.write(JSON.stringify({ steps, violations } satisfies StepReport))
