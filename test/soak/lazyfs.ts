import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { accountOf } from '../../packages/core/src/delivery/sqlite/stored-row.ts'
import { openYard, until, type Yard } from '../outbox/crawlers.ts'
import { faulty } from '../outbox/faulty-libc.ts'
import { certainty, markedTasks, missingFrom, readJournal } from '../outbox/power-cut.ts'
import type { Row } from './table.ts'

/** The magic number of ext4, because our own check refuses FUSE file systems. */
const ext4 = 0xef53

/**
 * A third-party file system (https://github.com/dsrhaslab/lazyfs). On a power cut it loses what was not synced, or tears a
 * write of the log into three parts and loses the middle one.
 * @param binary - of LazyFS 1.0 for FUSE 3.
 */
export async function lazyfs(binary: string, cuts: number): Promise<readonly Row[]> {
  return [
    await cutOften('lost writes below us, by LazyFS', binary, cuts, async (fs, stop) => {
      await stop() // as a power cut does: what it wrote after the cut would be taken for synced
      await fs.ask('lazyfs::clear-cache')
    }),
    await cutOften('a torn write of the log below us, by LazyFS', binary, cuts, async (fs) => {
      const nth = 1 + Math.floor(Math.random() * 60)
      fs.tell(`lazyfs::torn-op::file=${fs.root}/outbox.sqlite-wal::persist=1,3::parts=3::occurrence=${nth}`)
      await fs.crashed
    }),
  ]
}

async function cutOften(fault: string, binary: string, cuts: number, cut: Cutting): Promise<Row> {
  let [acknowledged, lost, broken] = [0, 0, 0]
  for (let i = 0; i < cuts; i++) {
    await using yard = await openYard()
    const expected = await promisedUntil(yard, binary, cut)
    const missing = missingFrom(
      `${yard.directory}/below/outbox.sqlite`,
      accountOf(yard.sandbox.clientKey, yard.sandbox.apiURL),
      expected,
    )
    acknowledged += expected.length
    if (missing === undefined) broken++
    else lost += missing
  }
  const besides = [{ what: `${broken} files broken`, goal: '0', isMet: broken === 0 }]
  return {
    fault: `${fault}; acknowledged is what a sync had covered`,
    times: `${cuts} cuts`,
    acknowledged,
    lost,
    besides,
  }
}

/** Reports until the cut; returns what was synced by then. */
async function promisedUntil(yard: Yard, binary: string, cut: Cutting): Promise<string[]> {
  const { directory, tasks } = yard
  const fs = await mount(binary, directory).catch(() => mount(binary, directory)) // it fails to start now and then
  const [file, marks, journal] = [`${fs.path}/outbox.sqlite`, `${directory}/marks`, `${directory}/journal`]
  writeFileSync(marks, '')
  const environment = faulty({ files: directory, journal, fileSystem: ext4 })
  const crawler = await yard.crawler({ file, marks, quiet: true, environment })
  await crawler.ask({ kind: 'report', taskIds: tasks(1) }, 'reported')
  crawler.tell({ kind: 'report', taskIds: tasks(2000), every: 1 })
  await setTimeout(100 + 400 * Math.random())
  async function stop() {
    crawler.kill('SIGKILL')
    await crawler.exited
  }
  await Promise.race([cut(fs, stop), setTimeout(5000)])
  crawler.kill('SIGKILL')
  await fs.unmount() // first, where the process hangs at a file system that is no more
  await crawler.exited
  const entries = readJournal(journal)
  const synced = certainty(entries).until(`${file}-wal`)
  return markedTasks(entries, marks)
    .filter(({ at }) => at < synced)
    .map(({ taskId }) => taskId)
}

/** @param stop - kills the process that writes. */
type Cutting = (fs: LazyFS, stop: () => Promise<unknown>) => Promise<unknown>

interface LazyFS {
  readonly path: string
  readonly root: string
  readonly crashed: Promise<unknown>
  tell(command: string): void
  ask(command: string): Promise<void>
  unmount(): Promise<void>
}

async function mount(binary: string, directory: string): Promise<LazyFS> {
  const [path, root, fifo, completed] = ['above', 'below', 'faults', 'completed'].map(
    (name) => `${directory}/${name}`,
  ) as [string, string, string, string]
  for (const made of [path, root]) mkdirSync(made, { recursive: true })
  const config = `${directory}/lazyfs.toml`
  writeFileSync(
    config,
    `[faults]\nfifo_path="${fifo}"\nfifo_path_completed="${completed}"\n[cache]\napply_eviction=false\n[cache.simple]\ncustom_size="0.1gb"\nblocks_per_page=1\n[filesystem]\nlog_all_operations=false\nlogfile=""\n`,
  )
  const options = ['-o', 'modules=subdir', '-o', `subdir=${root}`, '-f']
  const server: ChildProcess = spawn(binary, [path, '--config-path', config, ...options], { stdio: 'ignore' })
  const crashed = new Promise((resolve) => server.once('exit', resolve))
  const isMounted = () => readFileSync('/proc/mounts', 'utf8').includes(` ${path} `) && existsSync(fifo)
  await until(() => isMounted() || server.exitCode !== null || server.signalCode !== null)
  if (!isMounted()) throw new Error(`LazyFS ended with ${server.exitCode ?? server.signalCode} before it was mounted`)
  const tell = (command: string) => void spawnSync('timeout', ['2', 'sh', '-c', `echo '${command}' > ${fifo}`])
  return {
    path,
    root,
    crashed,
    tell,
    async ask(command) {
      const answer = spawn('timeout', ['5', 'cat', completed], { stdio: ['ignore', 'pipe', 'ignore'] })
      tell(command)
      await new Promise((resolve) => answer.stdout.once('data', resolve).once('close', resolve))
      answer.kill()
    },
    async unmount() {
      spawnSync('umount', ['--lazy', path])
      server.kill('SIGKILL')
      await crashed
    },
  }
}
