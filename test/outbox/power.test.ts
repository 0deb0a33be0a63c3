/** Disks that are slow or lose their power, file systems that share nothing, clocks that jump. */
import { readdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openYard, until } from './crawlers.ts'
import { faulty, noFaultyLibc, setClock } from './faulty-libc.ts'
import { cutPowerOften } from './power-cut.ts'
import { recordWrites } from './recording.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const hour = 3_600_000

if (noFaultyLibc) process.stdout.write(`Tests of disks, power and clocks are left out: ${noFaultyLibc}.\n`)
const faultyTest = test.skipIf(noFaultyLibc)

faultyTest('after a power cut the file opens, and holds all that a sync had covered', async () => {
  await using yard = await openYard()
  const { entries, ...recording } = await recordWrites(yard, 250)
  const cuts = cutPowerOften(entries, { ...recording, cuts: 20 })
  expect(cuts).toMatchObject({ lost: 0, broken: 0 })
  expect(cuts.promised).toBeGreaterThan(500)
  // Without our own sync much would be lost: these cuts can show it.
  const without = cutPowerOften(entries, { ...recording, cuts: 20, isHonest: ({ kind }) => kind !== 'fdatasync' })
  expect(without.lost).toBeGreaterThan(0)
})

faultyTest('a disk that takes an hour for each sync holds up no report and no delivery', async () => {
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

faultyTest(
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

faultyTest(
  'a wall clock that jumps an hour forth and two back makes nothing wait for it, and nothing spin',
  async () => {
    await using yard = await openYard()
    const clock = `${yard.directory}/clock`
    writeFileSync(clock, Buffer.alloc(8))
    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const crawler = await yard.crawler({ environment: faulty({ files: yard.directory, clock }) })
    const taskIds = yard.tasks(15)
    for (const [index, offset] of [0, hour, -hour].entries()) {
      setClock(clock, offset)
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

faultyTest('an outage that outlasts the window expires what waits, once, and sends none of it late', async () => {
  await using yard = await openYard()
  const clock = `${yard.directory}/clock`
  writeFileSync(clock, Buffer.alloc(8))
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const crawlers = [0, 1].map(() => yard.crawler({ environment: faulty({ files: yard.directory, clock }) }))
  const [one, two] = (await Promise.all(crawlers)) as [Awaited<(typeof crawlers)[0]>, Awaited<(typeof crawlers)[0]>]
  await one.ask({ kind: 'report', taskIds: yard.tasks(10) }, 'reported')
  await until(() => yard.sandbox.requests.length >= 10)
  setClock(clock, 25 * hour)
  endOutage()
  await until(() => one.all('delivery').length === 10)
  expect(new Set(one.all('delivery').map(({ delivery }) => delivery.kind))).toEqual(new Set(['expired']))
  expect([...one.all('failed'), ...two.all('failed')].map(({ failure }) => failure.kind)).toEqual(
    Array(10).fill('expired'),
  )
  expect(yard.sandbox.feedback).toEqual([])
})
