/** Disks and files that fail: the crawler continues, one event reports it, and what can be kept is kept. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, test } from 'vitest'
import { assertNoKeyIn, type Crawler, findIn, openYard, until, type Yard } from './crawlers.ts'

const once = (taskIds: readonly string[]) => taskIds.map(() => 1)
const isRoot = process.getuid?.() === 0

const troubles = (crawler: Crawler) =>
  crawler.all('failed').map(({ failure }) => (failure.kind === 'outbox' ? failure.detail : failure.kind))

/** Reports tasks, and waits until they are delivered. */
async function deliver(yard: Yard, crawler: Crawler, count: number): Promise<void> {
  const taskIds = yard.tasks(count)
  const before = crawler.all('delivery').length
  crawler.tell({ kind: 'report', taskIds })
  await until(() => crawler.all('delivery').length === before + count)
  expect(yard.recordings(taskIds)).toEqual(once(taskIds))
}

/** Mounts a disk of 1 MiB; only root can do that. */
function mount({ directory, sandbox }: Yard, options: string): Disposable & { readonly path: string } {
  const disk = `${directory}/disk`
  mkdirSync(disk)
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return {
    path: disk,
    [Symbol.dispose]() {
      assertNoKeyIn(disk, sandbox.clientKey)
      spawnSync('umount', ['--lazy', disk])
    },
  }
}

const mayMount = isRoot && process.platform === 'linux' && spawnSync('unshare', ['--mount', 'true']).status === 0

test.concurrent('the file is private to its user, and so is a directory that was created for it', async () => {
  await using yard = await openYard()
  const directory = `${yard.directory}/not/there/yet`
  const crawler = await yard.crawler({ file: `${directory}/outbox.sqlite` })
  await deliver(yard, crawler, 1)
  expect(statSync(directory).mode & 0o777).toBe(0o700)
  for (const name of readdirSync(directory)) expect(statSync(`${directory}/${name}`).mode & 0o777).toBe(0o600)
})

test
  .skipIf(!mayMount)
  .concurrent(
    'on a full disk memory takes over with one event, and the file is used again when there is space',
    async () => {
      await using yard = await openYard()
      using mounted = mount(yard, 'size=1M')
      const disk = mounted.path
      const file = `${disk}/outbox.sqlite`
      const crawler = await yard.crawler({ file })
      await deliver(yard, crawler, 1)
      expect(() => writeFileSync(`${disk}/ballast`, Buffer.alloc(2 ** 20))).toThrow('ENOSPC')
      await deliver(yard, crawler, 500)
      expect(troubles(crawler)).toEqual([expect.stringContaining('the disk is full')])

      const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
      const taskIds = yard.tasks(3)
      await crawler.ask({ kind: 'report', taskIds }, 'reported')
      rmSync(`${disk}/ballast`)
      await until(() => taskIds.every((taskId) => findIn(disk, taskId)))
      crawler.kill('SIGKILL')
      await crawler.exited
      endOutage()
      await yard.crawler({ file, ahead: 400_000 })
      await until(() => yard.recordings(taskIds).every((count) => count === 1))
    },
  )

describe('a directory that cannot be used', () => {
  async function isLivedWithout(yard: Yard, directory: string): Promise<void> {
    const crawler = await yard.crawler({ file: `${directory}/outbox.sqlite` })
    await deliver(yard, crawler, 5)
    await deliver(yard, crawler, 5)
    expect(troubles(crawler)).toEqual([expect.stringContaining('cannot be used: ')])
  }

  test.concurrent('can’t be created', async () => {
    await using yard = await openYard()
    await isLivedWithout(yard, '/proc/nowhere')
  })

  test.concurrent('is a file', async () => {
    await using yard = await openYard()
    writeFileSync(`${yard.directory}/file`, '')
    await isLivedWithout(yard, `${yard.directory}/file`)
  })

  test.skipIf(!mayMount).concurrent('is read-only', async () => {
    await using yard = await openYard()
    using mounted = mount(yard, 'ro')
    await isLivedWithout(yard, mounted.path)
  })
})

describe('a damaged file is moved aside', () => {
  /** An outbox with pending and delivered tasks. */
  async function filled(yard: Yard): Promise<string[]> {
    const crawler = await yard.crawler()
    await deliver(yard, crawler, 20)
    const taskIds = yard.tasks(100)
    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    await crawler.ask({ kind: 'report', taskIds }, 'reported')
    crawler.tell({ kind: 'end' })
    crawler.kill('SIGTERM')
    await crawler.exited
    endOutage()
    return taskIds
  }

  const aside = ({ directory }: Yard) => readdirSync(directory).filter((name) => name.includes('.damaged-'))

  test.concurrent('if it never was an outbox', async () => {
    await using yard = await openYard()
    writeFileSync(yard.file, 'this is no database, '.repeat(1000))
    const crawler = await yard.crawler()
    await deliver(yard, crawler, 5)
    expect(troubles(crawler)).toEqual([expect.stringContaining('was damaged')])
    expect(aside(yard)).toHaveLength(1)
  })

  test.concurrent.each([
    ['what no attempt was made of', 'fresh'],
    ['what attempts were made of', 'tried'],
    ['what ended', 'ended'],
  ])('when its index of %s is corrupt, and what it holds is delivered', async (_, index) => {
    await using yard = await openYard()
    const taskIds = await filled(yard)
    const page = checkpoint(yard.file, index)
    const bytes = readFileSync(yard.file)
    bytes.fill(0x5a, (page - 1) * 4096, page * 4096)
    writeFileSync(yard.file, bytes)
    const crawler = await yard.crawler({ ahead: 400_000 })
    await deliver(yard, crawler, 5)
    await until(() => yard.recordings(taskIds).every((count) => count === 1))
    expect(troubles(crawler)).toEqual([expect.stringMatching(/was damaged.* with 120 feedback/)])
    expect(aside(yard)).toHaveLength(1)
  })

  test.concurrent('if it was truncated', async () => {
    await using yard = await openYard()
    await filled(yard)
    checkpoint(yard.file)
    truncateSync(yard.file, 5000)
    const crawler = await yard.crawler()
    await deliver(yard, crawler, 5)
    expect(troubles(crawler)).toEqual([expect.stringContaining('was damaged')])
  })

  test.concurrent('if it was truncated while open, and the copies in memory are written again', async () => {
    await using yard = await openYard()
    const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
    const crawler = await yard.crawler()
    const taskIds = yard.tasks(50)
    await crawler.ask({ kind: 'report', taskIds }, 'reported')
    writeFileSync(yard.file, '')
    writeFileSync(`${yard.file}-wal`, '')
    await until(() => troubles(crawler).length > 0)
    for (const name of aside(yard)) rmSync(`${yard.directory}/${name}`)
    await until(() => taskIds.every((taskId) => findIn(yard.directory, taskId)))
    crawler.kill('SIGKILL')
    await crawler.exited
    endOutage()
    await yard.crawler({ ahead: 400_000 })
    await until(() => yard.recordings(taskIds).every((count) => count === 1))
  })
})

test.concurrent.each<[string, (file: string) => void]>([
  ['deleted', (file) => rmSync(file)],
  ['deleted with all that belongs to it', (file) => remove(file, `${file}-wal`, `${file}-shm`)],
  ['bereft of its log', (file) => rmSync(`${file}-wal`)],
  ['bereft of its shared memory', (file) => rmSync(`${file}-shm`)],
  ['deleted with its whole directory', (file) => rmSync(dirname(file), { recursive: true })],
  [
    'replaced',
    (file) => {
      remove(file, `${file}-wal`, `${file}-shm`)
      writeFileSync(file, '')
    },
  ],
])('a file that is %s under a running crawler is noticed, and all that it held is in the new one', async (_, harm) => {
  await using yard = await openYard()
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const dead = await yard.crawler()
  const taskIds = yard.tasks(20)
  await dead.ask({ kind: 'report', taskIds: taskIds.slice(0, 10) }, 'reported')
  dead.kill('SIGKILL')
  await dead.exited
  const crawler = await yard.crawler()
  await crawler.ask({ kind: 'report', taskIds: taskIds.slice(10) }, 'reported')
  harm(yard.file)
  await until(() => troubles(crawler).length > 0)
  expect(troubles(crawler)).toEqual([expect.stringMatching(/was deleted or replaced.* with 20 feedback/)])
  await until(() => taskIds.every((taskId) => findIn(yard.directory, taskId)))
  crawler.kill('SIGKILL')
  await crawler.exited
  endOutage()
  await yard.crawler({ ahead: 400_000 })
  await until(() => yard.recordings(taskIds).every((count) => count === 1))
})

test.concurrent('two crawlers lose nothing if the shared memory between them is deleted', async () => {
  await using yard = await openYard()
  const endOutage = yard.sandbox.fault({ kind: 'reset' }, Number.POSITIVE_INFINITY)
  const [first, taskIds] = [await yard.crawler(), yard.tasks(500)]
  await first.ask({ kind: 'report', taskIds: taskIds.slice(0, 100) }, 'reported')
  rmSync(`${yard.file}-shm`)
  const second = await yard.crawler()
  await Promise.all([
    first.ask({ kind: 'report', taskIds: taskIds.slice(100, 300), every: 5 }, 'reported'),
    second.ask({ kind: 'report', taskIds: taskIds.slice(300), every: 5 }, 'reported'),
  ])
  await until(() => troubles(first).length > 0)
  for (const crawler of [first, second]) {
    await crawler.ask({ kind: 'block', ms: 1 }, 'blocked')
    crawler.kill('SIGKILL')
    await crawler.exited
  }
  endOutage()
  await yard.crawler({ ahead: 400_000 })
  await until(() => yard.recordings(taskIds).every((count) => count === 1))
})

function remove(...files: string[]): void {
  for (const file of files) rmSync(file)
}

/** Returns the page on which an index begins. */
function checkpoint(file: string, index = ''): number {
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  using db = new DatabaseSync(file)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return Number(db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(index)?.rootpage)
}
