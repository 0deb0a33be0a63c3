/**
 * Runs random sequences of actions by crawlers, the API, an operator and the machine on an outbox file, and compares it
 * with a model. Runs in a process with the faulty C library, if there is one, and prints the shortest failing sequence.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import type { ClaimedFeedback, Ending, Outbox } from '../../packages/core/src/delivery/outbox.ts'
import { createSqliteOutbox } from '../../packages/core/src/delivery/sqlite/sqlite-outbox.ts'
import { firstVersion } from './first-version.ts'
import { movedClock } from './moved-clock.ts'
import { certainty, cutPower, readJournal } from './power-cut.ts'

export interface SequenceReport {
  readonly sequences: number
  readonly commands: number
  /** The shortest failing sequence, and what went wrong. */
  readonly counterexample: string | undefined
}

const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
const tasks = ['task_a', 'task_b', 'task_c', 'task_d'] as const
const day = 24 * 3_600_000
const lease = 60_000
const pace = { perMinute: 60_000, burst: 10_000 }

const process_ = fc.constantFrom(0, 1)
const task = fc.constantFrom(...tasks)
const ofTask = (kind: 'report' | 'hold') =>
  fc.record({ kind: fc.constant(kind), by: process_, task, valid: fc.boolean() })
const ofHeld = (kind: 'release' | 'drop') => fc.record({ kind: fc.constant(kind), by: process_, task })
const ofProcess = <Kind extends string>(kind: Kind) => fc.record({ kind: fc.constant(kind), by: process_ })
const alone = <Kind extends string>(kind: Kind) => fc.record({ kind: fc.constant(kind) })

const command = fc.oneof(
  { weight: 6, arbitrary: ofTask('report') },
  { weight: 2, arbitrary: ofTask('hold') },
  ofHeld('release'),
  ofHeld('drop'),
  { weight: 3, arbitrary: ofProcess('deliver') },
  ofProcess('refuse'),
  ofProcess('lose-answer'),
  ofProcess('postpone'),
  ofProcess('kill'),
  ofProcess('close'),
  alone('lock'),
  { weight: 2, arbitrary: alone('unlock') },
  alone('delete-file'),
  alone('sync'),
  fc.record({ kind: fc.constant('jump' as const), ms: fc.constantFrom(-3_600_000, 3_600_000) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(50, 1500, 61_000) }) },
)
const ending = fc.constantFrom<'drain' | 'hard-cut' | 'soft-cut'>('drain', 'drain', 'hard-cut', 'soft-cut')
const sequence = fc.record({ isOld: fc.boolean(), commands: fc.array(command, { maxLength: 30, size: 'max' }), ending })
type Made<A> = A extends fc.Arbitrary<infer T> ? T : never
type Sequence = Made<typeof sequence>

/** The model's state of a task. */
interface Owed {
  /** Decisions that a process added, and that may be sent. */
  readonly values: Set<boolean>
  /** The same for held decisions. */
  readonly held: Set<boolean>
  /** It must not be sent any more: dead or dropped. */
  isEnded: boolean
  /** No process had it when the only file with it was lost. */
  isLost: boolean
}

class Violation extends Error {}

function assert(holds: boolean, what: string): void {
  if (!holds) throw new Violation(what)
}

const [root = '', runs = '200', journal] = process.argv.slice(2)
let count = 0
let commands = 0

async function play({ isOld, commands: all, ending }: Sequence): Promise<void> {
  const directory = `${root}/${count++}`
  mkdirSync(directory)
  if (journal) writeFileSync(journal, '')
  let path = `${directory}/home/outbox.sqlite`
  const clock = movedClock()
  const owed = new Map<string, Owed>()
  const of = (taskId: string) => {
    const known = owed.get(taskId) ?? { values: new Set(), held: new Set(), isEnded: false, isLost: false }
    owed.set(taskId, known)
    return known
  }
  const recorded = new Map<string, boolean>()
  /** The end of the current lease, in passed time. */
  const leases = new Map<string, number>()
  const abandoned: Outbox[] = []
  let locked: InstanceType<typeof DatabaseSync> | undefined

  if (isOld) {
    mkdirSync(`${directory}/home`, { mode: 0o700 })
    writeFileSync(path, '', { mode: 0o600 })
    firstVersion(path, { account: 'account', taskId: 'task_old', decidedAt: clock.now(), expiresAt: clock.now() + day })
    of('task_old').values.add(true)
  }

  function open() {
    let isAlive = true
    const outbox = createSqliteOutbox({
      path,
      account: 'account',
      clock: { ...clock, after: (ms, run) => clock.after(ms, () => isAlive && run()) },
      history: 30 * day,
      trouble: () => {},
    })
    return Object.assign(outbox, {
      kill() {
        isAlive = false
        abandoned.push(outbox)
      },
    })
  }
  const processes: (ReturnType<typeof open> | undefined)[] = [open(), open()]
  const running = (by: number) => (processes[by] ??= open())

  async function claim(outbox: Outbox, limit: number): Promise<readonly ClaimedFeedback[]> {
    const { feedback } = await outbox.claim({ now: clock.now(), lease, limit, pace })
    for (const { taskId, valid } of feedback) {
      assert((leases.get(taskId) ?? 0) <= clock.passed(), `${taskId} was handed out again within its lease`)
      const { values, held } = of(taskId)
      assert(values.has(valid), `${taskId} was handed out as ${valid}${held.has(valid) ? ', which is held' : ''}`)
      leases.set(taskId, clock.passed() + lease)
    }
    return feedback
  }

  async function settle(outbox: Outbox, feedback: ClaimedFeedback, ending: Ending): Promise<void> {
    await outbox.settle(feedback, ending)
    leases.delete(feedback.taskId)
  }

  async function deliver(outbox: Outbox, limit: number): Promise<number> {
    const claimed = await claim(outbox, limit)
    for (const one of claimed) {
      if (!recorded.has(one.taskId)) recorded.set(one.taskId, one.valid)
      await settle(outbox, one, { kind: 'delivered', by: 'recorded', attempts: one.attempts })
    }
    return claimed.length
  }

  function add(how: 'add' | 'hold', outbox: Outbox, taskId: string, valid: boolean): void {
    const now = clock.now()
    const added = outbox[how]({ taskId, valid, decidedAt: now, expiresAt: now + day })
    const { values, held } = of(taskId)
    if (added.kind === 'added') (how === 'add' ? values : held).add(valid)
    else
      assert(values.has(added.valid) || held.has(added.valid), `${taskId} is known as ${added.valid}, never so decided`)
  }

  async function obey(next: Made<typeof command>): Promise<void> {
    switch (next.kind) {
      case 'report':
        return add('add', running(next.by), next.task, next.valid)
      case 'hold':
        return add('hold', running(next.by), next.task, next.valid)
      case 'release':
      case 'drop': {
        if (locked) return // it would wait
        const known = of(next.task)
        const answer = running(next.by)[next.kind](next.task)
        await clock.move(100)
        const isHeld = await answer
        if (isHeld && next.kind === 'release') for (const valid of known.held) known.values.add(valid)
        if (isHeld && next.kind === 'drop') known.isEnded = true
        return
      }
      case 'deliver':
        await deliver(running(next.by), 2)
        return
      case 'refuse':
        for (const one of await claim(running(next.by), 1)) {
          of(one.taskId).isEnded = true
          await settle(running(next.by), one, { kind: 'dead', reason: 'ERROR_X' })
        }
        return
      case 'lose-answer':
        for (const { taskId, valid } of await claim(running(next.by), 1))
          if (!recorded.has(taskId)) recorded.set(taskId, valid)
        return
      case 'postpone':
        for (const one of await claim(running(next.by), 1)) {
          await running(next.by).postpone(one, clock.now() + 10_000)
          leases.delete(one.taskId)
        }
        return
      case 'kill':
        processes[next.by]?.kill()
        processes[next.by] = undefined
        return
      case 'close':
        await processes[next.by]?.close()
        processes[next.by] = undefined
        return
      case 'lock':
        if (locked) return
        await running(0).pending() // the file is there
        locked = new DatabaseSync(path)
        locked.exec('BEGIN IMMEDIATE')
        return
      case 'unlock':
        return unlock()
      case 'delete-file': {
        unlock()
        await clock.move(1100)
        for (const one of processes) await one?.pending() // who has it open can read it when it has no name any more
        for (const part of ['', '-wal', '-shm']) rmSync(path + part, { force: true })
        leases.clear()
        if (!processes.some((one) => one !== undefined)) for (const known of owed.values()) known.isLost = true
        await clock.move(1100)
        for (const one of processes) await one?.pending()
        return
      }
      case 'sync':
        await setTimeout(7)
        return
      case 'jump':
        leases.clear()
        return clock.jump(next.ms)
      case 'wait':
        return clock.move(next.ms, 500)
    }
  }

  function unlock(): void {
    locked?.close()
    locked = undefined
  }

  /** Only synced data must be there; anything else may be. */
  function cut(share: number): void {
    if (!journal) return
    const entries = readJournal(journal)
    const synced = certainty(entries).until(`${path}-wal`)
    const written = entries.slice(0, synced).filter((entry) => entry.kind === 'write' && entry.path === `${path}-wal`)
    const hadLost = all.some(({ kind }) => kind === 'delete-file')
    for (const [taskId, known] of owed) {
      const wasHeld = known.held.size > 0 // and may be so again: that it was released need not be on the disk
      known.isLost = hadLost || wasHeld || !written.some(({ data }) => data.includes(taskId))
    }
    cutPower(entries, { root: directory, directory: `${directory}-after`, share })
    if (isOld) of('task_old').isLost = true // whether somebody had synced the directory before is not known
    path = `${directory}-after/home/outbox.sqlite`
  }

  try {
    for (const next of all) {
      commands++
      await obey(next)
    }
    unlock()
    if (ending !== 'drain') {
      for (const one of processes.splice(0)) one?.kill()
      leases.clear()
      cut(ending === 'hard-cut' ? 0 : 1)
    }
    await clock.move(5000)
    const last = open()
    await last.pending()
    for (let round = 0; round < 4; round++) {
      await clock.move(11 * 60_000, 30_000)
      for (const one of [...processes, last]) if (one) while ((await deliver(one, 100)) > 0);
    }
    for (const [taskId, { values, isEnded, isLost }] of owed) {
      const value = recorded.get(taskId)
      assert(value === undefined || values.has(value), `${taskId} was recorded as ${value}, never so decided`)
      if (values.size > 0 && !isEnded && !isLost) assert(value !== undefined, `${taskId} is lost`)
    }
    abandoned.push(last)
  } finally {
    unlock()
    for (const one of [...processes, ...abandoned]) await one?.close()
    rmSync(directory, { recursive: true, force: true })
    rmSync(`${directory}-after`, { recursive: true, force: true })
  }
}

const result = await fc.check(fc.asyncProperty(sequence, play), { numRuns: Number(runs) })
const { counterexample, errorInstance } = result
process.stdout.write(
  JSON.stringify({
    sequences: result.numRuns,
    commands,
    counterexample: result.failed
      ? `${errorInstance}\n${JSON.stringify(counterexample)}\nseed ${result.seed} path ${result.counterexamplePath}`
      : undefined,
  } satisfies SequenceReport),
)
