/**
 * `node test/setup/run.mjs <pnpm script> [args…]` runs a script of package.json on a machine that may have nothing but
 * git, Node 20 and npm: it fetches what is missing and says so, and is silent and quick when all is there.
 */
import { spawn, spawnSync } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, resolve } from 'node:path'
import { findChromium } from './chromium.mjs'
import { findRedis } from './redis.mjs'

const here = import.meta.dirname
const root = resolve(here, '../..')

try {
  prepareToolchain()
  prepareDependencies()
  process.env.CHROMIUM_PATH = prepareChromium()
  if (['test:run', 'packages'].includes(process.argv[2] ?? '')) process.env.REDIS_SERVER_PATH = prepareRedis()
} catch (error) {
  say(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

const child = spawn('pnpm', ['run', ...process.argv.slice(2)], { cwd: root, stdio: 'inherit' })
// The terminal sends Ctrl-C to the child too: it may end in its own time, then we do.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 128 + constants.signals[signal] : (code ?? 1)
})

/** Puts Node 24 and pnpm 12 on PATH, for all that follows. */
function prepareToolchain() {
  const ready = () => major('node') >= 24 && major('pnpm') === 12
  if (ready()) return
  // Even with both in its cache npx takes two seconds, so the first run leaves a link to what it found there.
  process.env.PATH = `${here}/node_modules/.bin${delimiter}${process.env.PATH}`
  if (ready()) return
  // The package `node` would fetch this one in an install script, and npm 12 runs none unasked.
  const machine = `${process.platform}-${process.arch}`
  const node = `node-${machine === 'darwin-arm64' ? 'bin-' : ''}${machine}@24`
  const link = 'mkdir -p node_modules && ln -sfn "$(dirname "$(command -v pnpm)")" node_modules/.bin'
  const npx = ['npx', '--yes', '-p', node, '-p', 'pnpm@12', '-c', link]
  step('no Node 24 with pnpm 12 found, fetching both from the npm registry', npx, { cwd: here })
  if (!ready()) throw new Error('install Node 24 or newer and pnpm 12, or give npx access to an npm registry')
}

/** Installs what the lockfile says. */
function prepareDependencies() {
  // The quick check (20 ms) that pnpm offers to do before it runs a script.
  const check = ['--config.verify-deps-before-run=error', 'exec', 'true']
  if (spawnSync('pnpm', check, { cwd: root }).status === 0) return
  const install = ['pnpm', 'install', '--frozen-lockfile']
  if (!step('node_modules is not what the lockfile says, installing', install)) {
    throw new Error('the dependencies are not installed')
  }
}

/** Finds a Chromium, if need be after fetching one: Playwright's where its download is in reach, else Debian's. */
function prepareChromium() {
  const found = findChromium()
  if (found) return found

  const playwright = `${root}/test/node_modules/.bin/playwright`
  const downloaded = step(
    "no Chromium found, downloading Playwright's",
    [playwright, 'install', '--no-shell', 'chromium'],
    // Playwright tries five times: where the network stays mute this ends it after one minute, not three.
    { env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '10000' }, timeout: 600_000 },
  )
  if (!findChromium() && major('apt-get')) {
    if (downloaded) {
      step('it does not run, installing the libraries it needs', [...asRoot(), playwright, 'install-deps', 'chromium'])
    } else {
      step("installing the system's own with apt-get instead", aptInstall('chromium'))
    }
  }

  const fetched = findChromium()
  if (!fetched) throw new Error('install Chromium or Chrome, or set CHROMIUM_PATH to one that runs')
  return fetched
}

/** Finds a Redis server, if need be after fetching Debian's. */
function prepareRedis() {
  const found = findRedis()
  if (found) return found
  if (major('apt-get')) step('no Redis found, installing redis-server with apt-get', aptInstall('redis-server'))
  const fetched = findRedis()
  if (!fetched) throw new Error('install redis-server, or set REDIS_SERVER_PATH to one that runs')
  return fetched
}

/** @param {string} name */
function aptInstall(name) {
  return [...asRoot(), 'sh', '-c', `apt-get update; apt-get install -y --no-install-recommends ${name}`]
}

function asRoot() {
  const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  return [...sudo, 'env', 'DEBIAN_FRONTEND=noninteractive', `PATH=${process.env.PATH}`]
}

/**
 * Says what is done and why, and shows the end of the command's output only when it fails.
 *
 * @param {string} what
 * @param {string[]} command
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeout?: number }} [options]
 * @returns {boolean} whether it succeeded
 */
function step(what, [file = '', ...args], options) {
  say(`${what} …`)
  const { status, error, stdout, stderr } = spawnSync(file, args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: Number.POSITIVE_INFINITY,
    ...options,
  })
  if (status === 0) return true
  say(`that failed (${error?.message ?? `exit code ${status}`})`)
  const lines = `${stdout ?? ''}${stderr ?? ''}`.trimEnd().split('\n')
  console.error(lines.slice(-10).join('\n'))
  return false
}

/** @param {string} line */
function say(line) {
  console.error(`set-up: ${line}`)
}

/**
 * The major version of a command, 0 when it is not there or does not run.
 *
 * @param {string} command
 */
function major(command) {
  const { stdout } = spawnSync(command, ['--version'], { cwd: root, encoding: 'utf8' })
  return Number(/\d+/.exec(stdout ?? '')?.[0] ?? 0)
}
