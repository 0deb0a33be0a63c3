import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import type { RegotchaFeedbackOptions } from './configuration.ts'
import { createMemoryOutbox } from './delivery/memory-outbox.ts'
import { createRegotchaFeedback } from './feedback.ts'

const fetch: typeof globalThis.fetch = async () => Response.json({ errorId: 0, message: 'Feedback recorded' })
const create = (options: RegotchaFeedbackOptions = {}) => {
  const feedback = createRegotchaFeedback({
    clientKey: 'a-key',
    outbox: 'memory',
    pace: { perMinute: 60_000, burst: 1000 },
    fetch,
    ...options,
  })
  feedback.on('undecided', () => {})
  return feedback
}

const is =
  (expected: number) =>
  ({ status }: { status: number | undefined }) =>
    status === expected
const at = (url: string, status: number) => ({ status, headers: {}, url, body: '' })

let tasks = 0
/** Decides tasks at a site, one per letter: accepted, rejected or undecided. */
async function decide(feedback: ReturnType<typeof create>, kinds: string, site = 'shop.test') {
  const statuses: Record<string, number> = { a: 201, r: 403, u: 200 }
  for (const kind of kinds) {
    const answer = at(`https://${site}/login`, statuses[kind] ?? 0)
    const rules = { acceptedWhen: is(201), rejectedWhen: is(403) }
    await feedback.judge(`task_${tasks++}`, answer, rules).verdict
  }
}

describe('acceptance()', () => {
  const directory = mkdtempSync(`${tmpdir()}/acceptance-`)
  const file = () => ({ file: `${directory}/${tasks++}.sqlite` })

  test.each<readonly [string, () => RegotchaFeedbackOptions]>([
    ['a file', () => ({ outbox: file() })],
    ['memory', () => ({})],
    ['a dry run', () => ({ dryRun: true })],
    ['an outbox without a history', () => ({ outbox: createMemoryOutbox() })],
    [
      'an outbox whose history can’t be read',
      () => ({ outbox: { ...createMemoryOutbox(), counts: () => Promise.reject(new Error('gone')) } }),
    ],
  ])('counts the verdicts of a site, and those told without one: %s', async (_, options) => {
    await using feedback = create(options())
    feedback.on('failed', () => {})
    await decide(feedback, 'aaru')
    await decide(feedback, 'r', 'other.test')
    await feedback.report('told', true)
    expect(await feedback.acceptance({ site: 'shop.test' })).toEqual({
      accepted: 2,
      rejected: 1,
      undecided: 1,
      rate: 2 / 3,
    })
    expect(await feedback.acceptance()).toEqual({ accepted: 3, rejected: 2, undecided: 1, rate: 0.6 })
    const none = { accepted: 0, rejected: 0, undecided: 0, rate: undefined }
    expect(await feedback.acceptance({ site: 'third.test' })).toEqual(none)
    expect(await feedback.acceptance({ since: new Date(Date.now() + 60_000) })).toEqual(none)
  })

  test('covers earlier runs and undecided verdicts that were decided since, each task once', async () => {
    const outbox = file()
    {
      await using feedback = create({ outbox })
      await decide(feedback, 'aru')
    }
    await using feedback = create({ outbox })
    const watch = feedback.judge('late', at('https://shop.test/', 200), {
      acceptedWhen: is(201),
      rejectedWhen: is(403),
    })
    await watch.verdict
    expect(await feedback.acceptance({ site: 'shop.test' })).toMatchObject({ accepted: 1, rejected: 1, undecided: 2 })
    watch.accept()
    watch.accept()
    expect(await feedback.acceptance({ site: 'shop.test' })).toMatchObject({ accepted: 2, rejected: 1, undecided: 1 })
  })

  test('remembers at least the latest 5,000, but not all, if the outbox has no history', async () => {
    await using feedback = create({ dryRun: true })
    for (let task = 0; task < 20_000; task++) void feedback.report(`${task}`, task < 15_000)
    const { accepted, rejected } = await feedback.acceptance()
    expect(rejected).toBe(5_000)
    expect(accepted).toBeLessThanOrEqual(5_000)
  })

  test('counts held feedback as rejected, and dropped feedback not at all', async () => {
    await using feedback = create({ holdAfter: 1 })
    feedback.on('held', () => {})
    const answer = at('https://shop.test/', 200)
    const judge = (taskId: string) => feedback.judge(taskId, answer, { acceptedWhen: is(201), silence: 'rejected' })
    await judge('first').verdict
    const held = judge('held')
    await held.verdict
    await judge('dropped').verdict
    expect(await feedback.acceptance()).toMatchObject({ accepted: 0, rejected: 3 })
    expect(await feedback.drop('dropped')).toBe(true)
    held.accept()
    expect(await feedback.acceptance()).toMatchObject({ accepted: 1, rejected: 1 })
  })

  test.each<readonly [object, string]>([
    [
      { site: 'https://shop.test/login' },
      '`site`: expected the host of a site, as events have it, got "https://shop.test/…"',
    ],
    [{ since: 3_600_000 }, '`since`: expected a Date or a time in ms since the epoch, got 3600000'],
    [{ since: new Date('no date') }, '`since`: expected a Date or a time in ms since the epoch, got'],
    [{ sites: [] }, 'unknown option `sites`'],
  ])('says at the door what is wrong with %o', async (filter, sentence) => {
    await using feedback = create()
    expect(() => feedback.acceptance(filter)).toThrow(sentence)
  })

  test.each<readonly [object, string]>([
    [{ threshold: 50 }, '`acceptance.threshold`: expected a rate from 0 to 1, got 50'],
    [{ window: 0 }, '`acceptance.window`: expected a whole number from 1, got 0'],
    [{ window: 5, minimum: 6 }, '`acceptance.minimum`: expected at most the `window`, got 6'],
    [{ below: 1 }, 'unknown option `acceptance.below`'],
  ])('says at the door what is wrong with the option %o', (acceptance, sentence) => {
    expect(() => create({ acceptance })).toThrow(sentence)
  })

  afterAll(() => rmSync(directory, { recursive: true }))
})

describe('a site whose rate falls', () => {
  function listening(options: RegotchaFeedbackOptions = {}) {
    const feedback = create({ holdAfter: Number.POSITIVE_INFINITY, ...options })
    const told: string[] = []
    for (const name of ['degraded', 'recovered'] as const) {
      feedback.on(name, ({ site, rate, accepted, rejected }) => {
        told.push(`${site} ${name}: ${accepted} of ${accepted + rejected}, ${rate}`)
      })
    }
    return { feedback, told }
  }

  test('fires `degraded` once, and again after it recovered and fell again', async () => {
    const { feedback, told } = listening()
    await decide(feedback, 'rrrrrrrrr')
    expect(told).toEqual([])
    await decide(feedback, 'r'.repeat(15))
    expect(told.splice(0)).toEqual(['shop.test degraded: 0 of 10, 0'])
    await decide(feedback, 'a'.repeat(30))
    expect(told.splice(0)).toEqual(['shop.test recovered: 10 of 20, 0.5'])
    await decide(feedback, 'r'.repeat(20))
    expect(told).toEqual(['shop.test degraded: 9 of 20, 0.45'])
    await feedback.close()
  })

  test('ignores undecided verdicts, other sites, and a second verdict of a task', async () => {
    const { feedback, told } = listening({ acceptance: { minimum: 2 } })
    await decide(feedback, 'ruuuu')
    await decide(feedback, 'r', 'other.test')
    const watch = feedback.judge('again', at('https://third.test/', 201), { acceptedWhen: is(201) })
    await watch.verdict
    feedback.on('failed', () => {})
    watch.reject()
    watch.accept()
    watch.reject()
    expect(told).toEqual([])
    await feedback.close()
  })

  test('uses the given threshold and window, also in a dry run', async () => {
    const { feedback, told } = listening({ dryRun: true, acceptance: { threshold: 0.8, window: 4 } })
    await decide(feedback, 'aaaaar')
    expect(told).toEqual(['shop.test degraded: 3 of 4, 0.75'])
    await feedback.close()
  })
})
