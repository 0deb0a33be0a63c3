/** Runs commands against a sandbox and an outbox file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { systemClock } from '../../packages/core/src/clock.ts'
import { accountOf } from '../../packages/core/src/delivery/sqlite/outbox-file.ts'
import { createSqliteOutbox } from '../../packages/core/src/delivery/sqlite/sqlite-outbox.ts'
import { compileCache } from '../setup/compile-cache.ts'
import { type Run, runBinary, runKept, startBinary } from './run.ts'

export interface Desk extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly directory: string
  readonly file: string
  readonly env: NodeJS.ProcessEnv
  /** Runs a command without a terminal, with these variables added to the usual ones; not in a process of its own. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>
  /** The same with the real binary, in a process of its own. */
  runBinary(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>
  /** Like `run` with --json: returns the parsed output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  json(...args: string[]): Promise<any>
  /** Starts the real binary. */
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof startBinary>
  /** Adds tasks of the sandbox that are decided but not delivered. */
  decide(count: number): Promise<string[]>
}

/**
 * Sets up a desk. At the end of its scope, it checks that the key was never printed or stored, and removes everything.
 */
export async function openDesk(): Promise<Desk> {
  const sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  const directory = mkdtempSync(`${tmpdir()}/cli-`)
  const file = `${directory}/outbox.sqlite`
  const printed: string[] = []
  const env: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: compileCache,
    HOME: directory,
    REGOTCHA_CLIENT_KEY: sandbox.clientKey,
    REGOTCHA_BASE_URL: sandbox.apiURL,
    REGOTCHA_OUTBOX: file,
  }
  const line = (args: readonly string[], more?: NodeJS.ProcessEnv) => ({ args, directory, env: { ...env, ...more } })
  const noted = (run: Run) => {
    printed.push(run.stdout, run.stderr)
    return run
  }

  const desk: Desk = {
    sandbox,
    directory,
    file,
    env,
    run: async (args, more) => noted(await runKept(line(args, more))),
    runBinary: async (args, more) => noted(await runBinary(line(args, more))),
    start: (args, more) => startBinary(line(args, more)),
    async json(...args) {
      const { stdout } = await desk.run([...args, '--json'])
      return JSON.parse(stdout)
    },
    async decide(count) {
      const taskIds = Array.from({ length: count }, () => sandbox.issueTask().taskId)
      const feedback = createRegotchaFeedback({
        clientKey: sandbox.clientKey,
        baseURL: sandbox.apiURL,
        outbox: { file },
        pace: { perMinute: 60_000, burst: 1000 }, // so that none of the pace is used up when the command begins
        fetch: () => new Promise(() => {}),
      })
      for (const taskId of taskIds) void feedback.report(taskId, true)
      await feedback.close({ timeout: 1 })
      return taskIds
    },
    async [Symbol.asyncDispose]() {
      await sandbox.close()
      const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
      const kept = files.map(({ parentPath, name }) => readFileSync(`${parentPath}/${name}`, 'latin1'))
      rmSync(directory, { recursive: true, force: true })
      if ([...printed, ...kept].some((text) => text.includes(sandbox.clientKey))) throw new Error('the key was leaked')
    },
  }
  return desk
}

/** Adds held tasks, with their sites. */
export async function hold(
  { file, sandbox }: Desk,
  sites: Readonly<Record<string, string>>,
  account = accountOf(sandbox.clientKey, sandbox.apiURL),
): Promise<void> {
  const outbox = createSqliteOutbox({
    path: file,
    account,
    clock: systemClock,
    history: Number.POSITIVE_INFINITY,
    trouble: (sentence) => {
      throw new Error(sentence)
    },
  })
  const now = Date.now()
  for (const [taskId, site] of Object.entries(sites)) {
    outbox.hold({
      taskId,
      valid: false,
      decidedAt: now - 5,
      expiresAt: now + 3_600_000,
      origin: { site, by: 'silence', took: 1 },
    })
  }
  await outbox.close()
}
