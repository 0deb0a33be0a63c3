/** Runs the real binary in child processes, against a sandbox and an outbox file. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { systemClock } from '../../packages/core/src/clock.ts'
import { accountOf } from '../../packages/core/src/delivery/sqlite/outbox-file.ts'
import { createSqliteOutbox } from '../../packages/core/src/delivery/sqlite/sqlite-outbox.ts'

export const binary = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Desk extends AsyncDisposable {
  readonly sandbox: Sandbox
  readonly directory: string
  readonly file: string
  readonly env: NodeJS.ProcessEnv
  /** Runs `regotcha-feedback` without a terminal, with these variables added to the usual ones. */
  run(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Run>
  /** Like `run` with --json: returns the parsed output. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect of it
  json(...args: string[]): Promise<any>
  start(args: readonly string[], env?: NodeJS.ProcessEnv): ReturnType<typeof spawn>
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
    HOME: directory,
    REGOTCHA_CLIENT_KEY: sandbox.clientKey,
    REGOTCHA_BASE_URL: sandbox.apiURL,
    REGOTCHA_OUTBOX: file,
  }
  const start: Desk['start'] = (args, more) =>
    spawn(process.execPath, [binary, ...args], { cwd: directory, env: { ...env, ...more }, stdio: 'pipe' })

  const desk: Desk = {
    sandbox,
    directory,
    file,
    env,
    start,
    async run(args, more) {
      const child = start(args, more)
      child.stdin?.end()
      if (!child.stdout || !child.stderr) throw new Error('no pipes')
      const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
      printed.push(stdout, stderr)
      return { code, stdout, stderr }
    },
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
