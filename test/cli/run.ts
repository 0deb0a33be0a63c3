/** Runs command lines: with the real binary, or in a process that is kept for the next one and so takes a tenth of the time. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll } from 'vitest'
import { compileCache } from '../setup/compile-cache.ts'

export const binary = resolve(import.meta.dirname, '../../packages/cli/src/main.ts')

export interface CommandLine {
  readonly args: readonly string[]
  readonly directory: string
  readonly env: NodeJS.ProcessEnv
}

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export const startBinary = ({ args, directory, env }: CommandLine) =>
  spawn(process.execPath, [binary, ...args], { cwd: directory, env, stdio: 'pipe' })

export async function runBinary(line: CommandLine): Promise<Run> {
  const child = startBinary(line)
  child.stdin.end()
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code, stdout, stderr }
}

const started: ChildProcess[] = []
const idle: ReturnType<typeof startKept>[] = []
afterAll(() => {
  for (const child of started) child.kill()
})

/** All modules stay loaded, those of rules too: each needs a path of its own. */
export async function runKept(line: CommandLine): Promise<Run> {
  const { child, ended } = idle.pop() ?? startKept()
  child.send(line)
  const [run] = await Promise.race([once(child, 'message'), ended])
  idle.push({ child, ended })
  return run
}

function startKept() {
  const script = `${import.meta.dirname}/kept-process.ts`
  const child = fork(script, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  started.push(child)
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`a command ended its process: ${code ?? signal}`)
  })
  ended.catch(() => {})
  return { child, ended }
}
