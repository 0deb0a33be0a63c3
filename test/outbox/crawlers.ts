/** Crawlers in processes of their own, at one sandbox and one outbox file. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import type { Failure, FlushReport, Pace, WatchDelivery } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'

export type Command =
  /** One task after another, `every` so many ms or all at once. */
  | { readonly kind: 'report'; readonly taskIds: readonly string[]; readonly valid?: boolean; readonly every?: number }
  /** Blocks its event loop; or does nothing, and says how long the loop was delayed. */
  | { readonly kind: 'block' | 'idle'; readonly ms: number }
  /** Blocks when the feedback was claimed and before its request is sent. */
  | { readonly kind: 'report-and-block'; readonly taskId: string; readonly ms: number }
  | { readonly kind: 'lock'; readonly file: string }
  | { readonly kind: 'flush' | 'weigh' | 'exit' | 'throw' | 'exhaust-memory' | 'end' }

export type Message =
  | { readonly kind: 'ready' | 'blocking' | 'blocked' | 'locked' }
  | {
      readonly kind: 'reported'
      /** What a call of `report` took, in µs. */
      readonly p50: number
      readonly p99: number
      /** All of them, the waits between included, in ms. */
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
  /** What it told so far. */
  all<Kind extends Message['kind']>(kind: Kind): (Message & { kind: Kind })[]
  tell(command: Command): void
  /** Tells it, and waits for the first `answer` after that. */
  ask<Kind extends Message['kind']>(command: Command, answer: Kind): Promise<Message & { kind: Kind }>
  /** Waits until nothing is pending, for as long as that takes. */
  drain(): Promise<void>
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<unknown>
  /** What it printed so far. */
  output(): string
}

export interface Yard extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly file: string
  readonly directory: string
  crawler(options?: CrawlerOptions): Promise<Crawler>
  tasks(count: number): string[]
  /** How often the API recorded each of these tasks: once, if all is well. */
  recordings(taskIds: readonly string[]): number[]
}

export interface CrawlerOptions {
  readonly file?: string
  readonly clientKey?: string
  readonly pace?: Pace
  /** How far its clock is ahead, in ms. */
  readonly ahead?: number
  /** The Redis of its fleet: then it sends nothing itself. */
  readonly redis?: string | undefined
  readonly execPath?: string
  readonly execArgv?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** A file to which it appends each task that it has reported. */
  readonly marks?: string
  /** It tells nothing of single tasks. */
  readonly quiet?: boolean
  /** Its listeners throw and reject. */
  readonly unruly?: boolean
}

/**
 * A place for crawlers, cleared away at the end of the scope that holds it. Then no key may be in a file there, or in
 * anything that a crawler printed or told: events, errors, warnings, debugging output.
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

/** A shorter start for processes that all run the same code. */
export const compileCache = `${import.meta.dirname}/../node_modules/.cache/compiled`

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

/** Throws when a file in a directory, at any depth, holds the key. */
export function assertNoKeyIn(directory: string, key: string): void {
  const leak = findIn(directory, key)
  if (leak) throw new Error(`the key is in ${leak}`)
}

/** The first file in a directory, at any depth, that has the text in it. A crawler may delete its files meanwhile. */
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

/** Waits, as long as the test may last, for something to be there or true. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await setTimeout(5)
  }
}
