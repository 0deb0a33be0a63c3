/** A test's own Redis server, which can be killed and restarted with the same data. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { findRedis } from '../setup/redis.mjs'

/** Kills all servers at the end of this process, even if a test timed out. */
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const server of running) server.kill('SIGKILL')
})

export interface RedisServer extends AsyncDisposable {
  readonly url: string
  /** Starts it with the data that was on disk when it was killed. Fulfils when it answers. */
  start(): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Kills it with SIGKILL. */
  kill(): Promise<void>
  /** Lets this many ms pass for all of its countdowns: locks, pauses, the pace. */
  elapse(ms: number): Promise<void>
  /** Runs something on a new connection. */
  ask<T>(run: (redis: Redis) => Promise<T>): Promise<T>
}

/**
 * Creates a server with its own port, not started yet. Its data is in `directory`, readable for tests that search it
 * for secrets.
 */
export async function prepareRedis(directory: string, options: readonly string[] = []): Promise<RedisServer> {
  const path = findRedis()
  if (!path) throw new Error('expected a redis-server to test with: run `npm test`, or install one')
  mkdirSync(directory, { recursive: true })
  const port = await freePort()
  const url = `redis://127.0.0.1:${port}`
  const flags = [
    '--bind',
    '127.0.0.1',
    '--port',
    port,
    '--dir',
    directory,
    '--daemonize',
    'no',
    '--logfile',
    'redis.log',
  ]
  const data = ['--appendonly', 'yes', '--rdbcompression', 'no']
  let server: ChildProcess | undefined

  async function ask<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(url, { retryStrategy: () => null, lazyConnect: true })
    redis.on('error', () => {})
    try {
      await redis.connect()
      return await run(redis)
    } finally {
      redis.disconnect()
    }
  }

  async function kill(): Promise<void> {
    const killed = server
    server = undefined
    if (!killed) return
    running.delete(killed)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
  }

  return {
    url,
    ask,
    kill,
    async start() {
      server = spawn(path, [...flags.map(String), ...data, ...options], { stdio: 'ignore' })
      running.add(server)
      while (!(await ask((redis) => redis.ping()).catch(() => undefined))) {
        if (server.exitCode !== null) throw new Error(`redis-server ended with ${server.exitCode}`)
        await setTimeout(10)
      }
    },
    async elapse(ms) {
      await ask((redis) => redis.eval(shortenAll, 0, ms))
    },
    signal: (signal) => void server?.kill(signal),
    [Symbol.asyncDispose]: kill,
  }
}

const shortenAll = `
  for _, key in ipairs(redis.call('KEYS', '*')) do
    local left = redis.call('PTTL', key)
    if left >= 0 then redis.call('PEXPIRE', key, left - ARGV[1]) end
  end`

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
