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
  | { readonly kind: 'block'; readonly ms: number }
  | { readonly kind: 'lock'; readonly file: string }
  | { readonly kind: 'flush' | 'exit' | 'throw' | 'exhaust-memory' | 'end' }

export type Message =
  | { readonly kind: 'ready' | 'reported' | 'blocked' | 'locked' }
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
  kill(signal: NodeJS.Signals): void
  readonly exited: Promise<unknown>
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
  readonly execPath?: string
  readonly execArgv?: readonly string[]
}

/** A place for crawlers, cleared away at the end of the scope that holds it; then the key must be in no file there. */
export async function openYard(): Promise<Yard> {
  const sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  const directory = mkdtempSync(`${tmpdir()}/outbox-`)
  const crawlers: Crawler[] = []
  const yard: Yard = {
    sandbox,
    directory,
    file: `${directory}/outbox.sqlite`,
    async crawler(options = {}) {
      const crawler = await startCrawler(yard, options)
      crawlers.push(crawler)
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
      const leak = findIn(directory, sandbox.clientKey)
      rmSync(directory, { recursive: true, force: true })
      if (leak) throw new Error(`the key is in ${leak}`)
    },
  }
  return yard
}

async function startCrawler({ sandbox, file }: Yard, options: CrawlerOptions): Promise<Crawler> {
  const heard: Message[] = []
  const { pace = { perMinute: 60_000, burst: 1000 }, ahead = 0 } = options
  const child = fork(`${import.meta.dirname}/crawler.ts`, [JSON.stringify({ pace, ahead })], {
    ...(options.execPath && { execPath: options.execPath }),
    execArgv: [...(options.execArgv ?? [])],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: {
      ...process.env,
      REGOTCHA_CLIENT_KEY: options.clientKey ?? sandbox.clientKey,
      REGOTCHA_BASE_URL: sandbox.apiURL,
      REGOTCHA_OUTBOX: options.file ?? file,
    },
  })
  child.on('message', (message: Message) => heard.push(message))
  const isOf =
    <Kind extends Message['kind']>(kind: Kind) =>
    (message: Message): message is Message & { kind: Kind } =>
      message.kind === kind
  const crawler: Crawler = {
    pid: child.pid ?? 0,
    all: (kind) => heard.filter(isOf(kind)),
    tell: (command) => void child.send(command),
    async ask(command, answer) {
      const before = crawler.all(answer).length
      crawler.tell(command)
      return until(() => crawler.all(answer)[before])
    },
    kill: (signal) => void child.kill(signal),
    exited: once(child, 'exit'),
  }
  await until(() => crawler.all('ready')[0])
  return crawler
}

/** The first file in a directory, at any depth, that has the text in it. */
export function findIn(directory: string, text: string): string | undefined {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `${parentPath}/${name}`)
    .find((path) => readFileSync(path, 'latin1').includes(text))
}

/** Waits, as long as the test may last, for something to be there or true. */
export async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const found = look()
    if (found) return found
    await setTimeout(5)
  }
}
