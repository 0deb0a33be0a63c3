/** What SDKs that also send small records to an API deliver, where things go wrong: each in processes of its own. */
import { fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { feedbackPath } from '@regotcha-feedback/core/wire'
import { errorPage, listen } from '../../packages/sandbox/src/loopback.ts'
import { lines } from './table.ts'

/** Where the SDKs are installed. */
const folder = new URL('../peers', import.meta.url).pathname

export interface Assignment {
  readonly name: string
  readonly url: string
  /** One event each, all in one burst. */
  readonly ids: readonly string[]
  /** Milliseconds between the burst and the leaving. */
  readonly wait: number
  readonly leave: 'close' | 'exit' | 'never'
  /** How far the clock is ahead, in ms. */
  readonly ahead: number
}

interface Fault {
  readonly events: number
  readonly leave: Assignment['leave']
  readonly wait?: number
  /** Begins before the burst and ends so many ms after it. */
  readonly outage?: { readonly kind: 'unavailable' | 'lost answers'; readonly ms: number }
}

const faults: Record<string, Fault> = {
  'close, then exit': { events: 200, leave: 'close' },
  '`process.exit()` at once': { events: 200, leave: 'exit' },
  '3 s of 503, then close': {
    events: 200,
    leave: 'close',
    wait: 3000,
    outage: { kind: 'unavailable', ms: 3000 },
  },
  'answers lost for 1.6 s, close': { events: 200, leave: 'close', outage: { kind: 'lost answers', ms: 1600 } },
  'burst of 5,000, close': { events: 5000, leave: 'close' },
  '503, SIGKILL after 1 s': { events: 200, leave: 'never', wait: 1000, outage: { kind: 'unavailable', ms: Infinity } },
}

const packages = {
  sentry: ['@sentry/node'],
  segment: ['@segment/analytics-node'],
  posthog: ['posthog-node'],
  opentelemetry: ['@opentelemetry/sdk-trace-base', '@opentelemetry/exporter-trace-otlp-http'],
}

function withVersion(name: string): string {
  const { version } = JSON.parse(readFileSync(`${folder}/node_modules/${name}/package.json`, 'utf8'))
  return `${name} ${version}`
}

/** They are no dependencies of this house: their folder has a lockfile of its own, and no install script of theirs runs. */
function install(): void {
  const args = ['install', '--ignore-workspace', '--frozen-lockfile', '--ignore-scripts']
  const { status, stdout, stderr } = spawnSync('pnpm', args, { cwd: folder, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the peers could not be installed\n${stdout}${stderr}`)
}

/** Counts the events that arrive, whatever envelope they are in, and answers each SDK so that it is content. */
async function collect() {
  const arrivals = new Map<string, number>()
  let outage: 'unavailable' | 'lost answers' | undefined
  const { origin, close } = await listen(
    ({ path, body }) => {
      if (outage === 'unavailable') return errorPage(503)
      const ids = new Set(body.match(/event-\d+/g))
      const isKnown = path === feedbackPath && [...ids].every((id) => arrivals.has(id))
      for (const id of ids) arrivals.set(id, (arrivals.get(id) ?? 0) + 1)
      if (outage === 'lost answers') return 'reset'
      return { body: isKnown ? { errorId: 1, errorCode: 'ERROR_FEEDBACK_EXISTS' } : { errorId: 0 } }
    },
    { bodyLimit: 64 * 1024 * 1024 },
  )
  return {
    url: origin,
    arrivals,
    suffer(kind: typeof outage) {
      outage = kind
    },
    close,
  }
}

async function cell(name: string, { events, leave, wait = 0, outage }: Fault): Promise<string> {
  const collector = await collect()
  const directory = mkdtempSync(`${tmpdir()}/peers-`)
  let kept = 0

  async function run(ids: readonly string[], leave: Assignment['leave'], ahead: number): Promise<number> {
    const assignment: Assignment = { name, url: collector.url, ids, wait, leave, ahead }
    const child = fork(`${folder}/sender.ts`, [JSON.stringify(assignment)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, REGOTCHA_OUTBOX: `${directory}/outbox.sqlite` },
      timeout: 60_000,
      killSignal: 'SIGKILL',
    })
    let complaint = ''
    child.stderr?.on('data', (chunk) => {
      complaint += chunk
    })
    child.on('message', (message: 'captured' | { kept: number }) => {
      if (message !== 'captured') kept = message.kept
      else if (outage && outage.ms < Infinity) setTimeout(collector.suffer, outage.ms, undefined)
      if (message === 'captured' && leave === 'never') setTimeout(() => child.kill('SIGKILL'), wait)
    })
    const [code] = await once(child, 'exit')
    if (code && code > 0) throw new Error(`${name} failed\n${complaint}`)
    return collector.arrivals.size
  }

  collector.suffer(outage?.kind)
  const ids = Array.from({ length: events }, (_, index) => `event-${index}`)
  const first = await run(ids, leave, 0)
  collector.suffer(undefined)
  // A minute later the leases of the dead have run out; nobody else minds the clock.
  const later = first < events ? (await run([], 'close', 61_000)) - first : 0
  const twice = [...collector.arrivals.values()].reduce((sum, times) => sum + times - 1, 0)
  await collector.close()
  rmSync(directory, { recursive: true })

  kept = Math.min(kept, events - first - later) // what it had in flight when it left may have got there
  const lost = events - first - later - kept
  return [
    twice > 0 ? `${first} (+${twice})` : `${first}`,
    ...(later > 0 ? [`${later} next run`] : []),
    ...(kept > 0 ? [`${kept} kept`] : []),
    ...(lost > 0 ? [`**${lost} lost**`] : []),
  ].join(', ')
}

async function line(title: string, name: string): Promise<string[]> {
  const cells: string[] = []
  for (const fault of Object.values(faults)) cells.push(await cell(name, fault))
  return [title, ...cells]
}

export async function benchPeers(): Promise<string> {
  install()
  const paced = line('ours', 'ours') // beside the others: it only ever waits
  const rows: string[][] = []
  for (const [name, names] of Object.entries(packages)) rows.push(await line(names.map(withVersion).join(' + '), name))
  const unpaced = await line('ours, pace lifted', 'oursUnpaced')
  const head = ['', ...Object.keys(faults)]
  return lines([head, head.map(() => '---'), ...rows, await paced, unpaced])
}
