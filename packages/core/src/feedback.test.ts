import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { armWatch, sharedRegotchaFeedback } from './adapter.ts'
import type { RegotchaFeedbackOptions } from './configuration.ts'
import { createRegotchaFeedback } from './feedback.ts'
import type { Observer, Source } from './page/source.ts'
import { captchaAgain } from './predicates/captcha.ts'
import type { RegotchaFeedback } from './regotcha-feedback.ts'
import type { WatchOptions } from './watch/watch-options.ts'

const clientKey = 'a-very-secret-key'

/** An API that accepts everything, and what it received. */
function api() {
  const received: unknown[] = []
  const fetch: typeof globalThis.fetch = async (_, init) => {
    received.push(JSON.parse(String(init?.body)))
    return Response.json({ errorId: 0, message: 'Feedback recorded' })
  }
  return { fetch, received }
}

function fakeSource(page = {}): Source & { observer: Observer | undefined } {
  const source: Source & { observer: Observer | undefined } = {
    page,
    url: () => 'https://site.test/login',
    observer: undefined,
    observe(observer) {
      source.observer = observer
      return () => {}
    },
  }
  return source
}

const acceptedWhen = () => true

beforeEach(() => {
  vi.stubEnv('REGOTCHA_CLIENT_KEY', undefined)
  vi.stubEnv('REGOTCHA_API_KEY', undefined)
  vi.stubEnv('REGOTCHA_BASE_URL', undefined)
  vi.stubEnv('REGOTCHA_OUTBOX', 'memory')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('invalid options', () => {
  test.each<[string, unknown, string]>([
    [
      'a missing key',
      {},
      '`clientKey`: expected the API key (or the environment variable REGOTCHA_CLIENT_KEY), got undefined',
    ],
    [
      'an empty key',
      { clientKey: '' },
      '`clientKey`: expected the API key (or the environment variable REGOTCHA_CLIENT_KEY), got an empty string',
    ],
    ['an unknown option', { clientKey, baseUrl: 'x' }, 'unknown option `baseUrl`'],
    [
      'a plain http URL',
      { clientKey, baseURL: 'http://api.test' },
      '`baseURL`: expected an https URL without query or credentials (http only on loopback), got "http://api.test"',
    ],
    ['credentials in the URL', { clientKey, baseURL: 'https://me:secret@api.test' }, 'got "https://api.test/…"'],
    ['a key in the query', { clientKey, baseURL: 'https://api.test/?key=a-secret' }, 'got "https://api.test/…"'],
    ['a key in something that is not a URL', { clientKey, baseURL: 'api.test?key=a-secret' }, 'got "api.test…"'],
    ['not a URL', { clientKey, baseURL: 'api.test' }, 'got "api.test"'],
    [
      'a negative timeout',
      { clientKey, attemptTimeout: -1 },
      '`attemptTimeout`: expected a positive number of ms, got -1',
    ],
    [
      'a timeout that is NaN',
      { clientKey, attemptTimeout: Number.NaN },
      '`attemptTimeout`: expected a positive number of ms, got NaN',
    ],
    [
      'a pace that is a number',
      { clientKey, pace: 10 },
      '`pace`: expected a pace as { perMinute, burst }, both positive, got 10',
    ],
    [
      'a pace without burst',
      { clientKey, pace: { perMinute: 10 } },
      '`pace.burst`: expected a pace as { perMinute, burst }, both positive, got undefined',
    ],
    [
      'an attempt that outlives its lease',
      { clientKey, attemptTimeout: 90_000 },
      '`attemptTimeout`: expected at most 45,000 ms, got 90000',
    ],
    [
      'a pace with an unknown property',
      { clientKey, pace: { perMinute: 1, burst: 1, perHour: 1 } },
      'unknown option `pace.perHour`',
    ],
    [
      'a signal that is not in a list',
      { clientKey, closeOn: 'SIGTERM' },
      '`closeOn`: expected a list of SIGINT, SIGTERM or SIGHUP, got "SIGTERM"',
    ],
    [
      'a signal that can’t be handled',
      { clientKey, closeOn: ['SIGTERM', 'SIGKILL'] },
      '`closeOn.1`: expected SIGINT, SIGTERM or SIGHUP, got "SIGKILL"',
    ],
    [
      'something that is not an outbox',
      { clientKey, outbox: 'redis' },
      "`outbox`: expected 'sqlite', 'memory', { file } or an outbox, with the methods add, hold, ",
    ],
    ['an outbox without one of its methods', { clientKey, outbox: { claim() {} } }, '`outbox`: expected'],
    ['a URL with a key as the outbox', { clientKey, outbox: 'redis://me:secret@host/0' }, 'got "redis://host/…"'],
    [
      'a `holdAfter` of 0',
      { clientKey, holdAfter: 0 },
      '`holdAfter`: expected a whole number from 1, or Infinity, got 0',
    ],
    [
      'a history of no days',
      { clientKey, historyDays: 0 },
      '`historyDays`: expected a number of days, at least 1, got 0',
    ],
    [
      'a key in place of the options',
      clientKey,
      'the argument: expected an object of options, got a string of 17 characters',
    ],
  ])('%s is refused', (_, options, message) => {
    const create = () => createRegotchaFeedback(options as RegotchaFeedbackOptions)
    expect(create).toThrow(expect.objectContaining({ name: 'OptionError', message: expect.stringContaining(message) }))
  })

  test('an error names all wrong options', () => {
    expect(() => createRegotchaFeedback({ clientKey, attemptTimeout: 0, dryRun: 'yes' as never })).toThrow(
      'createRegotchaFeedback: `attemptTimeout`: expected a positive number of ms, got 0; `dryRun`: expected true or false, got "yes"',
    )
  })

  test('key and base URL come from the environment, and options take precedence', async () => {
    vi.stubEnv('REGOTCHA_CLIENT_KEY', 'from-environment')
    vi.stubEnv('REGOTCHA_BASE_URL', 'http://127.0.0.1:1/v1/')
    const urls: string[] = []
    const fetch: typeof globalThis.fetch = async (url, init) => {
      urls.push(`${url} ${JSON.parse(String(init?.body)).clientKey}`)
      return Response.json({ errorId: 0 })
    }
    await createRegotchaFeedback({ fetch }).report('t', true)
    await createRegotchaFeedback({ fetch, clientKey: 'mine', baseURL: 'https://api.test' }).report('t', true)
    expect(urls).toEqual(['http://127.0.0.1:1/v1/feedbackTask from-environment', 'https://api.test/feedbackTask mine'])
  })

  test.each([
    { REGOTCHA_API_KEY: 'key' },
    { REGOTCHA_API_KEY: 'key', REGOTCHA_CLIENT_KEY: '' },
    { REGOTCHA_API_KEY: 'key ', REGOTCHA_CLIENT_KEY: 'key' },
  ])('the key may have the other name, or both: %o', async (variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    const { fetch, received } = api()
    await createRegotchaFeedback({ fetch }).report('t', true)
    expect(received).toMatchObject([{ clientKey: 'key' }])
  })

  test('two different keys in the environment are refused and not shown, unless the option is set', () => {
    vi.stubEnv('REGOTCHA_CLIENT_KEY', 'secret-1')
    vi.stubEnv('REGOTCHA_API_KEY', 'secret-2')
    const message =
      'createRegotchaFeedback: `clientKey`: expected one API key, got different ones in the environment variables REGOTCHA_CLIENT_KEY and REGOTCHA_API_KEY'
    for (const options of [{}, { dryRun: true }])
      expect(() => createRegotchaFeedback(options)).toThrow(expect.objectContaining({ name: 'OptionError', message }))
    expect(() => createRegotchaFeedback({ clientKey })).not.toThrow()
  })

  test.each<[string, unknown, unknown, string]>([
    [
      'half of a surrogate pair in a task id',
      'task_\ud83d',
      { acceptedWhen },
      'without half of a surrogate pair, got "task_\\ud83d"',
    ],
    [
      'an empty task id',
      '',
      { acceptedWhen },
      '`taskId`: expected the id of the task, a string that is not empty, got an empty string',
    ],
    [
      'a task id that is a number',
      7,
      { acceptedWhen },
      '`taskId`: expected the id of the task, a string that is not empty, got 7',
    ],
    ['no options', 't', undefined, '`acceptedWhen`: expected a function, got undefined'],
    [
      'a predicate that is not a function',
      't',
      { acceptedWhen: '/dashboard' },
      '`acceptedWhen`: expected a function, got "/dashboard"',
    ],
    [
      'an unknown option',
      't',
      { acceptedWhen, aceptedWhen: 1 },
      'unknown option `aceptedWhen` (did you mean `acceptedWhen`?)',
    ],
    [
      'a token in place of the task id',
      'x'.repeat(600),
      { acceptedWhen },
      'at most 128 characters, got a string of 600 characters',
    ],
    [
      'an empty token',
      't',
      { acceptedWhen, token: '' },
      "`token`: expected the token, a string that is not empty, or getTaskResult's answer or its solution, got an empty string",
    ],
    [
      'a timeout of 0',
      't',
      { acceptedWhen, verdictTimeout: 0 },
      '`verdictTimeout`: expected a positive number of ms, got 0',
    ],
    ['an unknown scope', 't', { acceptedWhen, scope: 'all' }, "`scope`: expected 'submission' or 'page', got \"all\""],
    [
      'a scope without its submission',
      't',
      { acceptedWhen, scope: 'submission' },
      '`scope`: expected \'page\' where neither `token` nor `submittedWhen` tells which request is the submission, got "submission"',
    ],
    [
      'something that is not a client',
      't',
      { acceptedWhen, feedback: {} },
      '`feedback`: expected a feedback object of createRegotchaFeedback, got an Object',
    ],
  ])('a watch with %s is refused', (_, taskId, options, message) => {
    const feedback = createRegotchaFeedback({ clientKey })
    const page = { on() {}, off() {}, isClosed: () => false, url: () => '' }
    const arm = () =>
      armWatch({ page, library: 'Test', members: ['on'], source: () => fakeSource() }, taskId as string, {
        feedback,
        ...(options as { acceptedWhen: () => boolean }),
      })
    expect(arm).toThrow(expect.objectContaining({ name: 'OptionError', message: expect.stringContaining(message) }))
  })

  test('something that is not a page, or missing options, are refused', () => {
    const arm = (page: object, options: unknown) =>
      armWatch(
        { page: page as never, library: 'Playwright', members: ['on', 'context'], source: () => fakeSource() },
        't',
        options as { acceptedWhen: () => boolean },
      )
    class _Page2 {
      on() {}
    }
    expect(() => arm(new _Page2(), { acceptedWhen })).toThrow(
      'withRegotchaFeedback: `page`: expected a page of Playwright, got a Page',
    )
    expect(() => arm({ on() {}, context() {} }, undefined)).toThrow(
      'withRegotchaFeedback: the argument: expected an object of options, got undefined',
    )
  })

  test('an unknown event and an invalid timeout are refused', () => {
    const feedback = createRegotchaFeedback({ dryRun: true })
    const expected =
      'on: `name`: expected one of verdict, undecided, held, degraded, recovered, attempt, delivered, failed, got "deliverd"'
    expect(() => feedback.on('deliverd' as never, () => {})).toThrow(expected)
    expect(() => feedback.on('delivered', undefined as never)).toThrow(
      'on: `listener`: expected a function, got undefined',
    )
    expect(() => feedback.flush(500 as never)).toThrow('flush: the argument: expected options as { timeout }, got 500')
  })

  test('an error never shows a secret', () => {
    const tell = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        return String(error)
      }
      return ''
    }
    expect(tell(() => createRegotchaFeedback({ clientKey: [clientKey] as never }))).toContain('got an array')
    expect(tell(() => createRegotchaFeedback(clientKey as never))).not.toContain(clientKey)
  })
})

test('a report is one feedback at the API', async () => {
  const { fetch, received } = api()
  const feedback = createRegotchaFeedback({ clientKey, fetch })
  expect(await feedback.report('task_1', false)).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
  expect(received).toEqual([{ clientKey, taskId: 'task_1', result: { valid: false } }])
  expect(() => feedback.report('', true)).toThrow('report: `taskId`')
  expect(() => feedback.report('task_1', 'true' as never)).toThrow(
    'report: `valid`: expected true or false, got "true"',
  )
})

test('a task id is trimmed, for example of a line break', async () => {
  const { fetch, received } = api()
  const feedback = createRegotchaFeedback({ clientKey, fetch })
  await feedback.report('a\n', true)
  const watch = feedback.watch(fakeSource(), ' b ', { acceptedWhen })
  watch.accept()
  await watch.delivery
  expect(received).toMatchObject([{ taskId: 'a' }, { taskId: 'b' }])
})

test('a verdict is delivered, an undecided one is not, and both fire events', async () => {
  const { fetch, received } = api()
  const feedback = createRegotchaFeedback({ clientKey, fetch })
  const seen: string[] = []
  feedback.on('verdict', ({ taskId, verdict }) => seen.push(`verdict ${taskId} ${verdict.kind}`))
  feedback.on('undecided', ({ taskId, verdict }) => seen.push(`undecided ${taskId} ${verdict.reason}`))
  const stopListening = feedback.on('delivered', ({ taskId, valid }) => seen.push(`delivered ${taskId} ${valid}`))

  const accepted = feedback.watch(fakeSource(), 'a', { acceptedWhen })
  accepted.accept()
  expect(await accepted.delivery).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
  const stopped = feedback.watch(fakeSource(), 'b', { acceptedWhen })
  stopped.stop()
  expect(await stopped.delivery).toEqual({ kind: 'not-sent', reason: 'undecided' })
  stopListening()
  const rejected = feedback.watch(fakeSource(), 'c', { acceptedWhen })
  rejected.reject()
  await rejected.delivery
  expect(seen).toEqual([
    'verdict a accepted',
    'delivered a true',
    'verdict b undecided',
    'undecided b stopped',
    'verdict c rejected',
  ])
  expect(received).toMatchObject([
    { taskId: 'a', result: { valid: true } },
    { taskId: 'c', result: { valid: false } },
  ])
})

test("the user's word is in the outbox when it is said, and decides what was undecided", async () => {
  const { fetch, received } = api()
  const decided: string[] = []
  const feedback = createRegotchaFeedback({
    clientKey,
    fetch,
    outbox({ openLocal }) {
      const outbox = openLocal('memory')
      return {
        ...outbox,
        add(feedback) {
          decided.push(`${feedback.taskId} ${feedback.valid}`)
          return outbox.add(feedback)
        },
      }
    },
  })
  const failed = vi.fn()
  feedback.on('failed', failed)
  const watch = feedback.watch(fakeSource(), 'a', { acceptedWhen })
  watch.accept()
  expect(decided).toEqual(['a true'])
  await watch.delivery
  watch.accept()
  expect(decided).toEqual(['a true'])
  watch.reject()
  expect(failed).toHaveBeenCalledExactlyOnceWith({ kind: 'conflict', taskId: 'a', kept: true })

  const stopped = feedback.watch(fakeSource(), 'b', { acceptedWhen })
  stopped.stop()
  expect((await stopped.verdict).kind).toBe('undecided')
  stopped.reject()
  await feedback.flush()
  expect(received).toMatchObject([
    { taskId: 'a', result: { valid: true } },
    { taskId: 'b', result: { valid: false } },
  ])
  await feedback.close()
})

test('a dry run infers, needs no key and sends nothing', async () => {
  const { fetch, received } = api()
  const feedback = createRegotchaFeedback({ dryRun: true, fetch })
  const watch = feedback.watch(fakeSource(), 'a', { acceptedWhen })
  watch.accept()
  expect(await watch.delivery).toEqual({ kind: 'not-sent', reason: 'dry-run' })
  expect(await feedback.report('b', true)).toEqual({ kind: 'not-sent', reason: 'dry-run' })
  expect(received).toEqual([])
})

test('the outbox is the file in the environment variable, and a dry run does not open it', async () => {
  const directory = mkdtempSync(`${tmpdir()}/outbox-`)
  onTestFinished(() => rmSync(directory, { recursive: true }))
  vi.stubEnv('REGOTCHA_OUTBOX', `${directory}/of-environment.sqlite`)
  await createRegotchaFeedback({ dryRun: true }).close()
  expect(readdirSync(directory)).toEqual([])
  const { fetch } = api()
  await using _ofEnvironment = createRegotchaFeedback({ clientKey, fetch })
  await using ofOption = createRegotchaFeedback({ clientKey, fetch, outbox: { file: `${directory}/of-option.sqlite` } })
  await ofOption.report('a', true)
  expect(readdirSync(directory)).toEqual(expect.arrayContaining(['of-environment.sqlite', 'of-option.sqlite']))
})

test('an outbox file that can’t be used is a `failed` event, and feedback is still delivered', async () => {
  const { fetch, received } = api()
  const feedback = createRegotchaFeedback({ clientKey, fetch, outbox: { file: '/dev/null/outbox.sqlite' } })
  const failed = vi.fn()
  feedback.on('failed', failed)
  await feedback.report('a', true)
  await feedback.report('b', true)
  expect(received).toHaveLength(2)
  expect(failed).toHaveBeenCalledExactlyOnceWith({
    kind: 'outbox',
    detail: expect.stringContaining('the outbox file /dev/null/outbox.sqlite cannot be used: '),
  })
  await feedback.close()
})

/** Submits a token and lets the time run out, without a predicate that holds. */
async function rejectedBySilence(feedback: RegotchaFeedback, taskId: string, url = 'https://shop.test/login') {
  const source = fakeSource()
  const watch = feedback.watch(source, taskId, { token, acceptedWhen: () => false, silence: 'rejected' })
  submit(source, url)
  await vi.advanceTimersByTimeAsync(30_000)
  return watch.delivery
}

const token = 'a-token-that-is-long-enough'

/** Sends a form with the token to the page's own URL, and answers it. */
function submit(source: ReturnType<typeof fakeSource>, url: string, html = 'hello'): void {
  source.url = () => url
  const request = {
    chain: {},
    url,
    method: 'POST',
    resourceType: 'document',
    headers: {},
    body: `t=${token}`,
    frame: undefined,
    isNavigation: true,
    isUnattributed: false,
    native: {},
  }
  source.observer?.request(request)
  source.observer?.response({
    request,
    url,
    status: 200,
    headers: { 'content-type': 'text/html' },
    text: async () => html,
    native: undefined,
  })
}

describe('the reject-rate guard', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('holds rejections by silence after `holdAfter` in a row at a site, and no others', async () => {
    const { fetch, received } = api()
    const feedback = createRegotchaFeedback({ clientKey, fetch, holdAfter: 2 })
    const held = vi.fn()
    feedback.on('held', held)
    for (const taskId of ['a', 'b'])
      expect(await rejectedBySilence(feedback, taskId)).toMatchObject({ kind: 'delivered' })
    expect(await rejectedBySilence(feedback, 'c')).toEqual({ kind: 'held' })
    expect(await rejectedBySilence(feedback, 'd', 'https://other.test/')).toMatchObject({ kind: 'delivered' })
    const told = feedback.watch(fakeSource(), 'e', { acceptedWhen })
    told.reject()
    expect(await told.delivery).toMatchObject({ kind: 'delivered' })
    expect(held.mock.calls).toEqual([[expect.objectContaining({ taskId: 'c', site: 'shop.test' })]])
    expect(received).toHaveLength(4)
    expect(await feedback.close()).toMatchObject({ pending: 0 })
  })

  test('holds rejections by captchaAgain()', async () => {
    const { fetch } = api()
    const feedback = createRegotchaFeedback({ clientKey, fetch, holdAfter: 1 })
    feedback.on('held', () => {})
    const shownAgain = (taskId: string) => {
      const source = fakeSource()
      const { delivery } = feedback.watch(source, taskId, {
        token,
        acceptedWhen: () => false,
        rejectedWhen: captchaAgain(),
      })
      submit(source, 'https://shop.test/login', '<div class="g-recaptcha" data-sitekey="6Lc"></div>')
      return delivery
    }
    expect(await shownAgain('a')).toMatchObject({ kind: 'delivered' })
    expect(await shownAgain('b')).toEqual({ kind: 'held' })
    await feedback.close()
  })

  test('counts only the latest verdicts: a verdict of another kind resets the count', async () => {
    const { fetch } = api()
    const feedback = createRegotchaFeedback({ clientKey, fetch, holdAfter: 1 })
    feedback.on('held', () => {})
    await rejectedBySilence(feedback, 'a')
    expect(await rejectedBySilence(feedback, 'b')).toEqual({ kind: 'held' })
    const source = fakeSource()
    const watch = feedback.watch(source, 'c', { token, acceptedWhen })
    submit(source, 'https://shop.test/login')
    await watch.delivery
    expect(await rejectedBySilence(feedback, 'd')).toMatchObject({ kind: 'delivered' })
  })

  test('lets the user release, drop or redecide held rejections', async () => {
    const { fetch, received } = api()
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const feedback = createRegotchaFeedback({ clientKey, fetch, holdAfter: 1 })
    for (const taskId of ['a', 'released', 'dropped', 'reported']) await rejectedBySilence(feedback, taskId)
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('at shop.test were all rejections by silence'))
    warn.mockRestore()
    expect((await feedback.held()).map(({ taskId }) => taskId)).toEqual(['released', 'dropped', 'reported'])
    expect(await feedback.release('released')).toBe(true)
    expect(await feedback.drop('dropped')).toBe(true)
    expect(await feedback.report('reported', true)).toMatchObject({ kind: 'delivered' })
    expect(await feedback.release('nobody')).toBe(false)
    await feedback.flush()
    expect(await feedback.held()).toEqual([])
    expect(received).toMatchObject([
      { taskId: 'a', result: { valid: false } },
      { taskId: 'released', result: { valid: false } },
      { taskId: 'reported', result: { valid: true } },
    ])
  })
})

describe('rules by site', () => {
  const sites = [
    { match: 'https://shop.test/**', acceptedWhen: () => true },
    { match: /bank\.test/, acceptedWhen: () => false, rejectedWhen: () => true },
  ]

  test.each([
    ['https://shop.test/shop', 'accepted'],
    ['https://bank.test/login', 'rejected'],
    ['https://elsewhere.test/', 'undecided'],
  ])('the page that submits, %s, is %s by its rule', async (url, kind) => {
    const feedback = createRegotchaFeedback({ dryRun: true, sites })
    for (const options of [{ token }, { submittedWhen: () => true }]) {
      const source = fakeSource()
      const watch = feedback.watch(source, 'token' in options ? 'a' : 'b', options)
      submit(source, url)
      expect(await watch.verdict).toMatchObject({ kind, ...(kind === 'undecided' && { reason: 'no-rule' }) })
    }
  })

  test('without a token, there is no evidence before the submission shows the site', async () => {
    const feedback = createRegotchaFeedback({ dryRun: true, sites })
    const source = fakeSource()
    const watch = feedback.watch(source, 'a', { submissionTimeout: 20 })
    source.observer?.navigated({ frame: {}, isMainFrame: true, url: 'https://shop.test/shop', native: undefined })
    expect(await watch.verdict).toMatchObject({ reason: 'not-submitted' })
  })

  test('a watch’s own predicates take precedence', async () => {
    const feedback = createRegotchaFeedback({ dryRun: true, sites })
    const source = fakeSource()
    const watch = feedback.watch(source, 'a', { token, acceptedWhen })
    submit(source, 'https://bank.test/login')
    expect(await watch.verdict).toMatchObject({ kind: 'accepted' })
  })

  test.each<[string, unknown, string]>([
    [
      'no list',
      {},
      '`sites`: expected a list of rules as { match, acceptedWhen, rejectedWhen, silence }, got an Object',
    ],
    [
      'no match',
      [{ acceptedWhen }],
      "`sites.0.match`: expected a glob of a whole URL, such as '**/dashboard' or 'https://site.example/**', a RegExp or a function, got undefined",
    ],
    ['no predicate', [{ match: '**' }], '`sites.0.acceptedWhen`: expected a function, got undefined'],
    ['a wrong name', [{ match: '**', acceptedWhen, rejectWhen: acceptedWhen }], 'unknown option `sites.0.rejectWhen`'],
  ])('with %s are refused', (_, sites, message) => {
    expect(() => createRegotchaFeedback({ dryRun: true, sites: sites as never })).toThrow(message)
  })

  test('a `rejectedWhen` alone is refused, with rules and without', () => {
    const options = { rejectedWhen: acceptedWhen } as never
    const withRules = createRegotchaFeedback({ dryRun: true, sites })
    expect(() => withRules.watch(fakeSource(), 'a', options)).toThrow('`rejectedWhen`: expected nothing without')
    const without = createRegotchaFeedback({ dryRun: true })
    expect(() => without.watch(fakeSource(), 'a', options)).toThrow(
      '`acceptedWhen`: expected a function, got undefined',
    )
  })
})

test('a watch without a token is superseded by any later watch on its page', async () => {
  const feedback = createRegotchaFeedback({ dryRun: true })
  const page = {}
  const submittedWhen = () => true
  const arm = (taskId: string, options: Partial<WatchOptions>, of: object = page) =>
    feedback.watch(fakeSource(of), taskId, { acceptedWhen, ...options })
  const told = arm('told', { token: 'token-of-the-first' })
  const guessing = arm('guessing', {})
  const described = arm('described', { submittedWhen })
  const last = arm('last', { token: 'token-of-the-last' })
  const elsewhere = arm('elsewhere', {}, {})
  for (const watch of [guessing, described]) expect(await watch.verdict).toMatchObject({ reason: 'superseded' })
  await feedback.close()
  for (const watch of [told, last, elsewhere]) expect(await watch.verdict).toMatchObject({ reason: 'stopped' })
})

test('a token that a later watch of the task submits again may be refused only because it was spent', async () => {
  const feedback = createRegotchaFeedback({ dryRun: true })
  const token = 'a token that is long enough'
  const attempt = async (taskId: string, message: string) => {
    const source = fakeSource({})
    const watch = feedback.watch(source, taskId, { token, acceptedWhen: () => false })
    const request = { url: 'https://site.test/login', method: 'POST', headers: {}, body: token, resourceType: 'fetch' }
    const sent = { ...request, chain: {}, frame: undefined, isNavigation: false, isUnattributed: false, native: {} }
    const headers = { 'content-type': 'application/json' }
    const text = async () => JSON.stringify({ success: false, message })
    source.observer?.request(sent)
    source.observer?.response({ request: sent, url: sent.url, status: 400, headers, text, native: {} })
    await setTimeout(20)
    watch.stop()
    return (await watch.verdict).kind
  }
  expect(await attempt('task', 'Wrong password')).toBe('undecided')
  expect(await attempt('task', 'The captcha was already used')).toBe('undecided')
  expect(await attempt('another task', 'The captcha was already used')).toBe('rejected')
  await feedback.close()
})

test('a listener that throws or rejects causes a warning, and delivery continues', async () => {
  const { fetch } = api()
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const feedback = createRegotchaFeedback({ clientKey, fetch })
  feedback.on('delivered', () => {
    throw new Error('boom')
  })
  feedback.on('delivered', async () => {
    throw new Error('later boom')
  })
  expect(await feedback.report('a', true)).toMatchObject({ kind: 'delivered' })
  await expect.poll(() => warn.mock.calls).toHaveLength(2)
  expect(warn.mock.calls.map(String)).toEqual([expect.stringContaining('boom'), expect.stringContaining('later boom')])
  warn.mockRestore()
})

test('without a listener, a failure is a warning that does not show the key', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const refuse: typeof globalThis.fetch = async () =>
    Response.json({ errorId: 1, errorCode: 'ERROR_NO_SUCH_CAPCHA_ID' })
  const feedback = createRegotchaFeedback({ clientKey, fetch: refuse })
  await feedback.report('a', true)
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    'regotcha-feedback: feedback for task a was refused permanently: ERROR_NO_SUCH_CAPCHA_ID',
  )
  const failed = vi.fn()
  feedback.on('failed', failed)
  await feedback.report('a', false)
  expect(failed).toHaveBeenCalledExactlyOnceWith({ kind: 'conflict', taskId: 'a', kept: true })
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
})

test('a closed client takes no calls, and closing twice is fine', async () => {
  const feedback = createRegotchaFeedback({ dryRun: true })
  expect(await feedback.close()).toEqual(await feedback.close())
  expect(() => feedback.report('a', true)).toThrow('report: expected an open feedback object, got one that was closed')
  expect(() => feedback.watch(fakeSource(), 'a', { acceptedWhen })).toThrow('one that was closed')
})

test('after the shared client was closed, the next use creates another', async () => {
  vi.stubEnv('REGOTCHA_CLIENT_KEY', clientKey)
  const first = sharedRegotchaFeedback()
  expect(sharedRegotchaFeedback()).toBe(first)
  await first.close()
  const second = sharedRegotchaFeedback()
  const watch = second.watch(fakeSource(), 'a', { acceptedWhen })
  await first.close()
  expect(sharedRegotchaFeedback()).toBe(second)
  watch.stop()
  await second.close()
})

test('`using` disposes a watch at the end of its scope', async () => {
  const feedback = createRegotchaFeedback({ dryRun: true })
  const held = await (async () => {
    await using watch = feedback.watch(fakeSource(), 'a', { acceptedWhen })
    return { verdict: watch.verdict }
  })()
  expect(await held.verdict).toMatchObject({ reason: 'stopped' })
})
