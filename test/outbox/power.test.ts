/** Slow disks, power cuts, file systems that can't share files, clocks that jump. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { type Crawler, openYard, until } from './crawlers.ts'
import type { StepReport } from './every-step.ts'
import { createControl, faulty, noFaultyLibc, runFaulty } from './faulty-libc.ts'
import { memory } from './memory.ts'
import { certainty, cutPowerAt, cutPowerOften, markedTasks, type Recording } from './power-cut.ts'
import { recordWrites } from './recording.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const hour = 3_600_000

if (noFaultyLibc) process.stdout.write(`Tests of disks, power and clocks are left out: ${noFaultyLibc}.\n`)
const faultyTest = test.skipIf(noFaultyLibc)

faultyTest('after a power cut the file opens, and holds all that a sync had covered', async () => {
  await using yard = await openYard()
  const recording = (await recordWrites(yard, { count: 150 })).recording()
  const cuts = cutPowerOften(20, recording)
  expect(cuts).toMatchObject({ lost: 0, broken: 0 })
  expect(cuts.promised).toBeGreaterThan(500)
  // Without our own sync much would be lost: these cuts can show it.
  const without = cutPowerOften(20, recording, { isHonest: ({ kind }) => kind !== 'fdatasync' })
  expect(without.lost).toBeGreaterThan(0)
})

faultyTest(
  'on a machine without the directory a hard cut at every single step loses nothing that was synced',
  async () => {
    await using yard = await openYard()
    const { recording: record, crawlers } = await recordWrites(yard, { count: 3, crawlers: 1 })
    while (!isSynced(record())) await setTimeout(50)
    // Whatever happens from now on must leave those three.
    await crawlers[0]?.ask({ kind: 'report', taskIds: yard.tasks(3), every: 1 }, 'reported')
    const recording = record()
    const steps = recording.entries.map((_, index) => index + 1)
    const cuts = cutPowerAt(steps, recording, { share: 0 })
    expect(cuts).toMatchObject({ lost: 0, broken: 0 })
    expect(cuts.promised).toBeGreaterThan(20)
    expect(cutPowerAt(steps, recording, { share: 1 })).toMatchObject({ lost: 0, broken: 0 })
    const { losing } = cutPowerAt(steps.slice(-1), recording, {
      share: 0,
      isHonest: ({ kind, path }) => kind !== 'fsync' || !recording.file.startsWith(`${path}/`),
    })
    expect(losing).toBe(1) // had the directories not been synced
  },
)

/** Whether all reports are safe. */
const isSynced = ({ entries, file, marks }: Recording) =>
  certainty(entries).until(`${file}-wal`) > (markedTasks(entries, marks).at(-1)?.at ?? 0)

describe('a sync that fails', () => {
  const untold = (crawler: Crawler) => crawler.all('failed').map(({ failure }) => 'detail' in failure && failure.detail)

  faultyTest.each([
    ['once', 1, 'EIO', 'EIO'],
    ['twice, for want of space', 2, 'ENOSPC', 'the disk is full'],
  ] as const)(
    '%s is told of, and what it left out is written again before any later one counts',
    async (_, times, error, why) => {
      await using yard = await openYard()
      const control = createControl(`${yard.directory}/control`)
      const harm = () => control.fail(error, { nth: 3, times, onlySyncs: true })
      const { recording, crawlers } = await recordWrites(yard, { count: 40, crawlers: 1, control, harm })
      let written = recording()
      for (; !isSynced(written); written = recording()) await setTimeout(250)
      const { entries } = written
      expect(entries.filter(({ kind }) => kind === 'unsynced')).toHaveLength(times)
      expect(crawlers.flatMap(untold)).toEqual([expect.stringMatching(`not safe from a power cut: .*${why}`)])
      const cuts = cutPowerOften(15, written)
      expect(cuts).toMatchObject({ lost: 0, broken: 0 })
      expect(cutPowerAt([entries.length], written, { share: 0 })).toMatchObject({
        promised: 40,
        lost: 0,
      })
    },
  )

  faultyTest('for ever is told of once, promises nothing, and holds up no delivery', async () => {
    await using yard = await openYard()
    const control = createControl(`${yard.directory}/control`)
    const harm = () => control.fail('EIO', { nth: 3, times: Number.POSITIVE_INFINITY, onlySyncs: true })
    const { recording, crawlers } = await recordWrites(yard, { count: 40, crawlers: 1, control, harm })
    await until(() => crawlers[0]?.all('delivery').length === 40)
    expect(crawlers.flatMap(untold)).toEqual([expect.stringContaining('not safe from a power cut')])
    const { entries } = recording()
    expect(entries.filter(({ kind }) => kind === 'unsynced').length).toBeGreaterThan(0)
    expect(cutPowerOften(10, recording())).toMatchObject({ lost: 0, broken: 0 })
  })
})

faultyTest.concurrent.each([
  ['fails once', 'EIO', 1],
  ['and all after it fail for want of space', 'ENOSPC', 1e6],
])('whichever step of a file’s life %s, nothing is lost untold and nothing sent again', async (_, error, times) => {
  const directory = mkdtempSync(`${memory}/steps-`)
  try {
    const [script, files] = [`${import.meta.dirname}/every-step.ts`, `${directory}/files`]
    const { steps, violations } = await runFaulty<StepReport>(script, { files }, error, String(times))
    expect(violations).toEqual([])
    expect(steps).toBeGreaterThan(50)
  } finally {
    rmSync(directory, { recursive: true })
  }
})

faultyTest.concurrent('a disk that takes an hour for each sync holds up no report and no delivery', async () => {
  await using yard = await openYard()
  const first = await yard.crawler()
  await first.ask({ kind: 'report', taskIds: yard.tasks(1) }, 'delivery') // a new file is synced before it is used
  first.kill('SIGKILL')
  await first.exited
  const crawler = await yard.crawler({ environment: faulty({ files: yard.directory, syncTakes: hour }) })
  const taskIds = yard.tasks(50)
  await crawler.ask({ kind: 'report', taskIds }, 'reported')
  await until(() => crawler.all('delivery').length === 50)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
})

faultyTest.concurrent(
  'on a file system that shares nothing safely there is no file, one event, and delivery from memory',
  async () => {
    await using yard = await openYard()
    const crawler = await yard.crawler({ environment: faulty({ files: yard.directory, fileSystem: 0x6969 }) })
    const taskIds = yard.tasks(10)
    await crawler.ask({ kind: 'report', taskIds }, 'reported')
    await until(() => crawler.all('delivery').length === 10)
    expect(crawler.all('failed')).toMatchObject([
      { failure: { kind: 'outbox', detail: expect.stringContaining('it lies on NFS') } },
    ])
    expect(readdirSync(yard.directory)).toEqual([])
  },
)

faultyTest.concurrent(
  'a wall clock that jumps an hour forth and two back makes nothing wait for it, and nothing spin',
  async () => {
    await using yard = await openYard()
    const control = createControl(`${yard.directory}/control`)

    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const crawler = await yard.crawler({ environment: faulty({ files: yard.directory, control }) })
    const taskIds = yard.tasks(15)
    for (const [index, offset] of [0, hour, -hour].entries()) {
      control.setClock(offset)
      const before = yard.sandbox.requests.length
      await crawler.ask({ kind: 'report', taskIds: taskIds.slice(5 * index, 5 * index + 5) }, 'reported')
      await until(() => yard.sandbox.requests.length >= before + 5)
    }
    expect(yard.sandbox.requests.length).toBeLessThan(100)
    endOutage()
    await until(() => crawler.all('delivery').length === 15)
    expect(yard.recordings(taskIds)).toEqual(once(taskIds))
    expect(yard.sandbox.requests.length).toBeLessThan(150)
  },
)

faultyTest.concurrent(
  'an outage that outlasts the window expires what waits, once, and sends none of it late',
  async () => {
    await using yard = await openYard()
    const control = createControl(`${yard.directory}/control`)

    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const crawlers = [0, 1].map(() => yard.crawler({ environment: faulty({ files: yard.directory, control }) }))
    const [one, two] = (await Promise.all(crawlers)) as [Awaited<(typeof crawlers)[0]>, Awaited<(typeof crawlers)[0]>]
    await one.ask({ kind: 'report', taskIds: yard.tasks(10) }, 'reported')
    await until(() => yard.sandbox.requests.length >= 10)
    control.setClock(25 * hour)
    await until(() => one.all('delivery').length === 10)
    endOutage()
    expect(new Set(one.all('delivery').map(({ delivery }) => delivery.kind))).toEqual(new Set(['expired']))
    expect([...one.all('failed'), ...two.all('failed')].map(({ failure }) => failure.kind)).toEqual(
      Array(10).fill('expired'),
    )
    expect(yard.sandbox.feedback).toEqual([])
  },
)
