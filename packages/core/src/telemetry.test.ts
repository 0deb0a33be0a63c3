/** What is visible from outside: events, log lines and metrics, none of which contains the key. */
import { metrics } from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { debugLog } from './debug-log.ts'
import { createRegotchaFeedback } from './feedback.ts'
import type { Observer } from './page/source.ts'

const clientKey = 'a-very-secret-key'
const acceptedWhen = () => true
const source = { page: {}, url: () => 'https://shop.test/login', observe: () => () => {} }

/** An API that gives these answers first, and then accepts everything. */
const answering = (...answers: Response[]): typeof globalThis.fetch => {
  return async () => answers.shift() ?? Response.json({ errorId: 0 })
}
const busy = () => Response.json({ errorId: 1, errorCode: 'ERROR_RATE_LIMIT', retry_after: 0.01 })
const unknown = () => Response.json({ errorId: 1, errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })

/** Delivers one task at the second attempt, and leaves one undecided. */
async function run() {
  const fetch = answering(busy())
  const feedback = createRegotchaFeedback({ clientKey, outbox: 'memory', fetch })
  feedback.on('failed', () => {})
  const accepted = feedback.watch(source, 'task_a', { acceptedWhen })
  accepted.accept()
  await accepted.delivery
  const stopped = feedback.watch(source, 'task_b', { acceptedWhen })
  stopped.stop()
  await stopped.delivery
  return feedback
}

afterEach(() => {
  vi.unstubAllEnvs()
})

describe('DEBUG', () => {
  test.each<[string | undefined, string[]]>([
    [undefined, []],
    ['', []],
    ['express:*', []],
    ['regotcha-feedback', []],
    ['*', ['watch', 'delivery']],
    ['express:*, regotcha-feedback*', ['watch', 'delivery']],
    ['regotcha-feedback:watch', ['watch']],
    ['regotcha-feedback* -regotcha-feedback:watch', ['delivery']],
  ])('%j asks for %j', (DEBUG, rooms) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const log = debugLog({ DEBUG })
    log?.event('failed', { kind: 'outbox', detail: 'no disk' })
    const verdict = { kind: 'accepted', by: 'user', why: { trail: [] } } as const
    log?.event('verdict', { taskId: 'a', site: undefined, verdict })
    const told = write.mock.calls.map(([line]) => /regotcha-feedback:(\w+)/.exec(String(line))?.[1])
    write.mockRestore()
    expect(new Set(told)).toEqual(new Set(rooms))
  })

  test('logs that a site’s rate fell', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    debugLog({ DEBUG: '*' })?.event('degraded', { site: 'shop.test', rate: 0.4, accepted: 4, rejected: 6 })
    const lines = write.mock.calls.map(([line]) => String(line).replace(/^\S+ /, ''))
    write.mockRestore()
    expect(lines).toEqual(['regotcha-feedback:watch shop.test degraded: it accepted 4 of 10 tokens\n'])
  })

  test('logs each step of a run, but not the key', async () => {
    vi.stubEnv('DEBUG', 'regotcha-feedback*')
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const feedback = await run()
    await feedback.close()
    const lines = write.mock.calls.map(([line]) => String(line).replace(/^\S+ /, ''))
    write.mockRestore()
    expect(lines).toEqual([
      'regotcha-feedback:watch task_a at shop.test accepted: by the user’s word\n'.replace('’', "'"),
      expect.stringMatching(/^regotcha-feedback:watch {3}\+\d+ ms the user said: accepted\n$/),
      expect.stringMatching(
        /^regotcha-feedback:delivery task_a attempt 1: retryable, rate-limit \(HTTP 200 ERROR_RATE_LIMIT\), after \d+ ms\n$/,
      ),
      expect.stringMatching(/^regotcha-feedback:delivery task_a attempt 2: delivered, recorded, after \d+ ms\n$/),
      expect.stringMatching(
        /^regotcha-feedback:delivery task_a delivered: valid true, recorded, \d+ ms after the verdict\n$/,
      ),
      expect.stringMatching(/^regotcha-feedback:watch task_b at shop.test undecided \(stopped\): /),
      expect.stringMatching(/^regotcha-feedback:watch {3}\+\d+ ms stopped\n$/),
    ])
    expect(lines.join()).not.toContain(clientKey)
  })
})

test('logs what a watch knew at its verdict, but no token', async () => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  vi.stubEnv('DEBUG', 'regotcha-feedback:watch')
  const token = 'a-token-that-is-long-enough'
  let observer: Observer | undefined
  const observe = (given: Observer) => {
    observer = given
    return () => {}
  }
  const feedback = createRegotchaFeedback({ clientKey, dryRun: true })
  const { verdict } = feedback.watch({ ...source, observe }, 'task_a', { token, acceptedWhen: () => false })
  const url = 'https://shop.test/login'
  const of = { isNavigation: true, isUnattributed: false, native: {}, frame: {}, chain: {} }
  const request = { ...of, url, method: 'POST', resourceType: 'document', headers: {}, body: `captcha=${token}` }
  observer?.request(request)
  observer?.ended('page-crashed')
  await verdict
  await feedback.close()
  const lines = write.mock.calls.map(([line]) => String(line).replace(/^\S+ /, ''))
  write.mockRestore()
  expect(lines).toContain(
    'regotcha-feedback:watch task_a state: POST https://shop.test/login unanswered, carriers 1, sites 1, fields 1\n',
  )
  expect(lines.join()).not.toContain(token)
})

test('metrics go to the installed OpenTelemetry SDK, without the key', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  onTestFinished(async () => {
    metrics.disable()
    await provider.shutdown()
  })
  const feedback = await run()
  const hung = createRegotchaFeedback({ clientKey, outbox: 'memory', fetch: () => new Promise(() => {}) })
  void hung.report('task_c', true)
  const dead = createRegotchaFeedback({ clientKey, outbox: 'memory', fetch: answering(unknown()) })
  dead.on('failed', () => {})
  await dead.report('task_d', true)
  const falling = createRegotchaFeedback({ dryRun: true, acceptance: { window: 1 } })
  falling.watch(source, 'task_e', { acceptedWhen }).reject()
  await reader.forceFlush()

  const collected = exporter.getMetrics()
  const all = Object.fromEntries(
    (collected.at(-1)?.scopeMetrics ?? []).flatMap(({ metrics }) =>
      metrics.map(({ descriptor, dataPoints }) => [
        descriptor.name.replace('regotcha.feedback.', ''),
        dataPoints.map(({ attributes, value }) => [attributes, typeof value === 'object' ? value.count : value]),
      ]),
    ),
  )
  expect(all).toEqual({
    verdicts: [
      [{ verdict: 'accepted', reason: 'user' }, 1],
      [{ verdict: 'undecided', reason: 'stopped' }, 1],
      [{ verdict: 'rejected', reason: 'user' }, 1],
    ],
    degraded: [[{ site: 'shop.test' }, 1]],
    attempts: [
      [{ outcome: 'retryable', reason: 'rate-limit' }, 1],
      [{ outcome: 'delivered', reason: 'recorded' }, 1],
      [{ outcome: 'dead', reason: 'ERROR_NO_SUCH_CAPCHA_ID' }, 1],
    ],
    'attempt.duration': [
      [{ outcome: 'retryable' }, 1],
      [{ outcome: 'delivered' }, 1],
      [{ outcome: 'dead' }, 1],
    ],
    'delivery.duration': [[{ by: 'recorded' }, 1]],
    failures: [[{ reason: 'dead' }, 1]],
    backlog: [[{}, expect.any(Number)]],
    oldest_deadline: [[{}, expect.any(Number)]],
  })
  expect(JSON.stringify(collected)).not.toContain(clientKey)
  await Promise.all([feedback, hung, dead, falling].map((each) => each.close({ timeout: 1 })))
})
