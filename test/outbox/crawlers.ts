/** Crawlers in their own processes, with one sandbox and one outbox file. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Failure, FlushReport, Pace, WatchDelivery } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { compileCache } from '../setup/compile-cache.ts'

export type Command =
  /** Reports the tasks one by one, each `every` ms, or all at once. */
  | { readonly kind: 'report'; readonly taskIds: readonly string[]; readonly valid?: boolean; readonly every?: number }
  /** Blocks its event loop, or does nothing and returns how long the loop was delayed. */
  | { readonly kind: 'block' | 'idle'; readonly ms: number }
  /** Suspends itself after the feedback was claimed and before its request is sent. */
  | { readonly kind: 'report-and-stop'; readonly taskId: string }
  | { readonly kind: 'lock'; readonly file: string }
  | { readonly kind: 'flush' | 'weigh' | 'exit' | 'throw' | 'exhaust-memory' | 'end' }

export type Message =
  | { readonly kind: 'ready' | 'stopping' | 'blocked' | 'locked' }
  | {
      readonly kind: 'reported'
      /** How long a call of `report` took, in µs. */
      readonly p50: number
      readonly p99: number
      /** All calls together, including the waits between them, in ms. */
      readonly took: number
      /** The event loop's longest delay, in ms. */
      readonly lag: number
      /** At the end, in bytes. */
      readonly memory: number
    }
  /** Delays of the event loop, in ms. */
  | { readonly kind: 'idled'; readonly p50: number; readonly p99: number }
  /** Bytes in use on the heap, after a collection where it was started with `--expose-gc`. */
  | { readonly kind: 'weighed'; readonly heap: number }
  | { readonly kind: 'acknowledged'; readonly taskId: string }
  | { readonly kind: 'delivery'; readonly taskId: string; readonly delivery: WatchDelivery }
  | { readonly kind: 'flushed'; readonly report: FlushReport }
  | { readonly kind: 'failed'; readonly failure: Failure }

export interface Crawler {
  readonly pid: number
  /** The messages so far. */
  all<Kind extends Message['kind']>(kind: Kind): (Message & { kind: Kind })[]
  tell(command: Command): void
  /** Sends a message, and waits for the next `answer`. */
  ask<Kind extends Message['kind']>(command: Command, answer: Kind): Promise<Message & { kind: Kind }>
  /** Waits until nothing is pending, without a timeout. */
  drain(): Promise<void>
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<unknown>
  /** The output so far. */
  output(): string
}

export interface Yard extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly file: string
  readonly directory: string
  crawler(options?: CrawlerOptions): Promise<Crawler>
  tasks(count: number): string[]
  /** How often the API recorded each of these tasks; it should be once. */
  recordings(taskIds: readonly string[]): number[]
}

export interface CrawlerOptions {
  readonly file?: string
  readonly clientKey?: string
  readonly pace?: Pace
  /** How far its clock is ahead, in ms. */
  readonly ahead?: number
  /** The fleet's Redis, to which it hands over instead of sending. */
  readonly redis?: string | undefined
  readonly execPath?: string
  readonly execArgv?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A file to which it appends each task that it has reported. */
  readonly marks?: string
  /** Send no messages about single tasks. */
  readonly quiet?: boolean
  /** Its listeners throw and reject. */
  readonly unruly?: boolean
}

/**
 * A directory and sandbox for crawlers, removed at the end of the scope. Then it checks that no file there contains the key,
 * and nothing that a crawler printed or sent: events, errors, warnings, debug output.
 */
export async function openYard(): Promise<Yard> {
  const sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  const directory = mkdtempSync(`${tmpdir()}/outbox-`)
  const crawlers: Awaited<ReturnType<typeof startCrawler>>[] = []
  const keys = new Set([sandbox.clientKey])
  const yard: Yard = {
    sandbox,
    directory,
    file: `${directory}/outbox.sqlite`,
    async crawler(options = {}) {
      const crawler = await startCrawler(yard, options)
      crawlers.push(crawler)
      if (options.clientKey) keys.add(options.clientKey)
      return crawler
    },
    tasks: (count) => Array.from({ length: count }, () => sandbox.issueTask().taskId),
    recordings(taskIds) {
      const counts = new Map(taskIds.map((taskId) => [taskId, 0]))
      for (const { taskId } of sandbox.feedback) counts.set(taskId, (counts.get(taskId) ?? 0) + 1)
      return taskIds.map((taskId) => counts.get(taskId) ?? 0)
    },
    async [Symbol.asyncDispose]() {
      for (const crawler of crawlers) crawler.kill('SIGKILL')
      await Promise.all(crawlers.map(({ exited }) => exited))
      await sandbox.close()
      try {
        for (const crawler of crawlers) crawler.assertNoKey()
        for (const key of keys) assertNoKeyIn(directory, key)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
  }
  return yard
}

async function startCrawler({ sandbox, file }: Yard, options: CrawlerOptions) {
  const heard: Message[] = []
  let output = ''
  const { execPath, execArgv = [], environment, clientKey = sandbox.clientKey, ...told } = options
  const argument = JSON.stringify({ pace: { perMinute: 60_000, burst: 1000 }, ...told })
  const child = fork(`${import.meta.dirname}/crawler.ts`, [argument], {
    ...(execPath && { execPath }),
    execArgv: [...execArgv],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: compileCache,
      DEBUG: 'regotcha-feedback*',
      ...environment,
      REGOTCHA_CLIENT_KEY: clientKey,
      REGOTCHA_BASE_URL: sandbox.apiURL,
      REGOTCHA_OUTBOX: options.file ?? file,
    },
  })
  child.on('message', (message: Message) => heard.push(message))
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (data) => {
      output += data
    })
  const isOf =
    <Kind extends Message['kind']>(kind: Kind) =>
    (message: Message): message is Message & { kind: Kind } =>
      message.kind === kind
  const crawler = {
    pid: child.pid ?? 0,
    all: <Kind extends Message['kind']>(kind: Kind) => heard.filter(isOf(kind)),
    tell: (command: Command) => void child.send(command),
    async ask<Kind extends Message['kind']>(command: Command, answer: Kind) {
      const before = crawler.all(answer).length
      crawler.tell(command)
      return until(() => crawler.all(answer)[before])
    },
    async drain() {
      while ((await crawler.ask({ kind: 'flush' }, 'flushed')).report.pending > 0);
    },
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    exited: once(child, 'close'),
    output: () => output,
    assertNoKey() {
      if ((output + JSON.stringify(heard)).includes(clientKey)) throw new Error('a crawler told or printed the key')
    },
  }
  await until(() => crawler.all('ready')[0])
  return crawler
}

/** Throws if a file in a directory, at any depth, contains the key. */
export function assertNoKeyIn(directory: string, key: string): void {
  const leak = findIn(directory, key)
  if (leak) throw new Error(`the key is in ${leak}`)
}

/** The first file in a directory, at any depth, that contains the text. Crawlers may delete files meanwhile. */
export function findIn(directory: string, text: string): string | undefined {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .find((path) => textOf(path)?.includes(text))
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

/** Waits until something is truthy, as long as the test may take. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await setTimeout(5)
  }
}
