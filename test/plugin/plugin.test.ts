/** Solutions that are picked up from puppeteer-extra-plugin-recaptcha, with the sandbox as its provider. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { createRegotchaFeedback, OptionError, type RegotchaFeedback } from '@regotcha-feedback/core'
import { type Sandbox, type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { addExtra } from 'playwright-extra'
import { PuppeteerExtraPluginRecaptcha } from 'puppeteer-extra-plugin-recaptcha'
import { any, type PluginOptions, regotchaFeedback, text, url } from 'puppeteer-extra-plugin-regotcha-feedback'
import { afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ExtraBrowser, type ExtraPage, hosts, launchOptions } from './hosts.ts'

const predicates = {
  acceptedWhen: any(url('**/dashboard'), text(/"success":true/)),
  rejectedWhen: text(/wrong captcha|"success":false/i),
}

let sandbox: Sandbox
let feedback: RegotchaFeedback
/** Whether the sites accept the next captchas' tokens, in order. */
let valid: boolean[]
/** The provider's answers. */
let provide: (captchas: Captcha[]) => Promise<{ solutions: object[] }>
/** The solved tasks, in order. */
let tasks: string[]
const verdicts = new Map<string, string>()

beforeAll(async () => {
  sandbox = await startSandbox({ rateLimit: { requests: 1000, window: 60_000 } })
  const pace = { perMinute: 1000, burst: 1000 }
  feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL, pace })
  feedback.on('verdict', ({ taskId, verdict }) => {
    const short = verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : `${verdict.kind} by ${verdict.by}`
    verdicts.set(taskId, short)
  })
  return async () => {
    await feedback.close({ timeout: 100 })
    await sandbox.close()
  }
})

beforeEach(() => {
  valid = []
  tasks = []
  provide = solve
  vi.spyOn(feedback, 'solved')
})
afterEach(() => {
  vi.restoreAllMocks()
})

type Captcha = { readonly id?: string; readonly _vendor: string }

/** Stands for the user's `createTask` and `getTaskResult`. */
async function solve(captchas: Captcha[]) {
  const solutions = captchas.map(({ id, _vendor }) => {
    const { taskId, token } = sandbox.issueTask({ valid: valid.shift() ?? true })
    tasks.push(taskId)
    return { _vendor, id, providerCaptchaId: taskId, text: token, hasSolution: true }
  })
  return { solutions }
}

const recaptcha = (id = 'regotcha') =>
  new PuppeteerExtraPluginRecaptcha({ provider: { id, fn: async (captchas) => (await provide(captchas)) as never } })

/** Launches a browser, by default with the recaptcha plugin before ours. */
async function launch(host: string, options: PluginOptions, first = recaptcha()) {
  const browser = await hosts[host]?.([first, regotchaFeedback(options)])
  if (!browser) throw new Error(`no host ${host}`)
  onTestFinished(() => browser.close())
  return browser
}

async function open(browser: ExtraBrowser, site: SiteName) {
  const page = await browser.newPage()
  onTestFinished(() => page.close())
  // playwright-extra does not wait for its plugins. Frames that come before the recaptcha plugin is ready stay without its methods.
  await vi.waitUntil(() => 'solveRecaptchas' in page, { timeout: 10_000 })
  await page.goto(sandbox.url(site))
  return page
}

/** Removes what differs from run to run. */
const timeless = (result: object) =>
  JSON.stringify(result, (key, value) => (['solvedAt', 'providerCaptchaId', 'text'].includes(key) ? key : value))

const submit = (page: Pick<ExtraPage, 'click'>) => page.click('button[type=submit]')

const verdictOf = (index = 0) => expect.poll(() => verdicts.get(tasks[index] ?? ''))

describe.each(Object.keys(hosts))('%s', (host) => {
  describe.each(['before', 'after'])('with the recaptcha plugin registered %s ours', (order) => {
    let browser: ExtraBrowser

    beforeAll(async () => {
      const ours = regotchaFeedback({ ...predicates, feedback })
      const plugins = order === 'before' ? [recaptcha(), ours] : [ours, recaptcha()]
      browser = (await hosts[host]?.(plugins)) as ExtraBrowser
      return () => browser.close()
    })

    test.each([
      [true, 'accepted by acceptedWhen'],
      [false, 'rejected by rejectedWhen'],
    ])('solveRecaptchas() of a token that is good: %s', async (isGood, verdict) => {
      valid = [isGood]
      const page = await open(browser, 'recaptcha')
      await page.solveRecaptchas()
      await submit(page)
      await verdictOf().toBe(verdict)
      await expect
        .poll(() => sandbox.feedback)
        .toContainEqual(expect.objectContaining({ taskId: tasks[0], valid: isGood }))
    })

    test('enterRecaptchaSolutions(), after the steps before it', async () => {
      const page = await open(browser, 'recaptcha')
      const { captchas } = await page.findRecaptchas()
      const { solutions } = await page.getRecaptchaSolutions(captchas)
      await page.enterRecaptchaSolutions(solutions)
      await submit(page)
      await verdictOf().toBe('accepted by acceptedWhen')
    })

    test('on a frame', async () => {
      const page = await open(browser, 'recaptcha-frame')
      const frame = await vi.waitUntil(() => page.frames().find((frame) => frame.url().endsWith('/frame')))
      await frame.solveRecaptchas()
      await submit(frame)
      await verdictOf().toBe('accepted by acceptedWhen')
    })

    test('solveRecaptchas() returns the same as without our plugin', async () => {
      const page = await open(browser, 'recaptcha')
      const watched = await page.solveRecaptchas()
      expect(feedback.solved).toHaveBeenCalledOnce()
      const alone = await recaptcha().solveRecaptchas(page as never)
      expect(feedback.solved).toHaveBeenCalledOnce()
      expect(timeless(watched)).toBe(timeless(alone))
      expect(watched).toMatchObject({ solved: [{ isSolved: true }], solutions: [{ hasSolution: true }] })
    })

    if (order === 'after') return // once ours has found the other's methods, nothing differs

    test.each([
      [true, 'accepted by acceptedWhen'],
      [false, 'rejected by rejectedWhen'],
    ])('a site that verifies in its callback, of a token that is good: %s', async (isGood, verdict) => {
      valid = [isGood]
      const page = await open(browser, 'recaptcha-callback')
      await page.solveRecaptchas()
      await verdictOf().toBe(verdict)
    })

    test('all captchas of one page', async () => {
      valid = [true, false]
      const page = await open(browser, 'recaptcha-two')
      await page.solveRecaptchas()
      await page.click('#second button')
      await verdictOf(1).toBe('rejected by rejectedWhen')
      await page.click('#first button')
      await verdictOf(0).toBe('accepted by acceptedWhen')
    })

    test('another provider’s solution is ignored', async () => {
      provide = async (captchas) => {
        const { solutions } = await solve(captchas)
        return { solutions: solutions.map((solution) => ({ ...solution, provider: '2captcha' })) }
      }
      const page = await open(browser, 'recaptcha')
      expect(await page.solveRecaptchas()).toMatchObject({ solved: [{ isSolved: true }] })
      expect(feedback.solved).not.toHaveBeenCalled()
    })

    test("the provider's error reaches the user, and nothing is watched", async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => {}) // the recaptcha plugin prints it
      provide = async ([captcha]) => ({ solutions: [{ ...captcha, error: 'no worker' }] })
      const page = await open(browser, 'recaptcha')
      expect(await page.solveRecaptchas()).toMatchObject({ error: { error: 'no worker' } })
      expect(feedback.solved).not.toHaveBeenCalled()
    })

    test('a solution that is entered twice has one watch', async () => {
      const page = await open(browser, 'recaptcha')
      const { solutions } = await page.solveRecaptchas()
      await page.enterRecaptchaSolutions(solutions)
      const [first, second] = vi.mocked(feedback.solved).mock.results
      expect(second?.value).toBe(first?.value)
    })

    test("a page's own watch is still armed by page.regotchaFeedback()", async () => {
      const page = await open(browser, 'form')
      const { feedback: watch } = page.regotchaFeedback(sandbox.issueTask().taskId, predicates)
      watch.stop()
      expect(await watch.verdict).toMatchObject({ kind: 'undecided', reason: 'stopped' })
    })

    test("its defaults are the plugin's, and its errors name it", async () => {
      const page = await open(browser, 'form')
      const { taskId, token } = sandbox.issueTask()
      const watched = page.regotchaFeedback(taskId, { token })
      expect(watched).toBe(page)
      await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = '${token}'`)
      await submit(page)
      expect(await watched.feedback.verdict).toMatchObject({ kind: 'accepted' })
      expect(() => page.regotchaFeedback('', { token })).toThrow('page.regotchaFeedback: `taskId`: expected')
    })

    test('nothing leaves this machine', async () => {
      const page = await open(browser, 'form')
      const urls: string[] = []
      page.on('request', (request) => urls.push(request.url()))
      await page.goto(sandbox.url('recaptcha-callback'))
      await page.solveRecaptchas()
      await verdictOf().toBe('accepted by acceptedWhen')
      expect(urls.filter((url) => !url.startsWith(sandbox.siteURL))).toEqual([])
    })
  })

  test('rules by site, and a provider with another id', async () => {
    const sites = [{ match: '**/recaptcha-callback/', ...predicates }]
    const browser = await launch(host, { sites, feedback, provider: 'mine' }, recaptcha('mine'))
    await (await open(browser, 'recaptcha-callback')).solveRecaptchas()
    await verdictOf().toBe('accepted by acceptedWhen')
    const elsewhere = await open(browser, 'recaptcha')
    await elsewhere.solveRecaptchas()
    await submit(elsewhere)
    await verdictOf(1).toBe('undecided: no-rule')
  })
})

test("playwright-extra's persistent context", async () => {
  const extra = addExtra(chromium)
    .use(recaptcha())
    .use(regotchaFeedback({ ...predicates, feedback }))
  const profile = mkdtempSync(`${tmpdir()}/profile-`)
  const context = await extra.launchPersistentContext(profile, launchOptions)
  onTestFinished(async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  })
  const page = await open(context as unknown as ExtraBrowser, 'recaptcha-callback')
  await page.solveRecaptchas()
  await verdictOf().toBe('accepted by acceptedWhen')
})

test("the recaptcha plugin's own error reaches the user", async () => {
  const thrower = new PuppeteerExtraPluginRecaptcha({ throwOnError: true })
  const page = await open(await launch('puppeteer-extra', { ...predicates, feedback }, thrower), 'recaptcha')
  await expect(page.solveRecaptchas()).rejects.toThrow('Please provide a solution provider to the plugin.')
})

describe('a missing setting causes one warning, and nothing else', () => {
  const warnings = () => vi.mocked(process.emitWarning).mock.calls.map(([warning]) => String(warning))

  beforeEach(() => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  })

  async function solveTwice(options: PluginOptions) {
    const page = await open(await launch('puppeteer-extra', options), 'recaptcha')
    for (let i = 0; i < 2; i += 1) expect(await page.solveRecaptchas()).toMatchObject({ solved: [{ isSolved: true }] })
  }

  test.each([
    ['a key, where nothing says what to watch for', () => ({})],
    ['predicates', () => ({ feedback })],
  ])('%s', async (_, options) => {
    await solveTwice(options())
    expect(warnings()).toEqual([
      expect.stringMatching(/^regotcha-feedback: what regotcha solves is not watched: .*`acceptedWhen`.*`sites`/),
    ])
  })

  test('the task’s id', async () => {
    provide = async ([captcha]) => ({ solutions: [{ ...captcha, text: sandbox.issueTask().token }] })
    await solveTwice({ ...predicates, feedback })
    expect(warnings()).toEqual([
      expect.stringMatching(/`providerCaptchaId` must be the task's id: .*`taskId`.*got undefined/),
    ])
  })

  test('the name of the provider', async () => {
    provide = async (captchas) => {
      const { solutions } = await solve(captchas)
      return { solutions: solutions.map((solution) => ({ ...solution, provider: 'mine' })) }
    }
    await solveTwice({ ...predicates, feedback })
    expect(warnings()).toEqual([
      'regotcha-feedback: solutions of mine are not watched, only those of regotcha: see `provider`',
    ])
  })

  test('an open client', async () => {
    const closed = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
    const browser = await launch('puppeteer-extra', { ...predicates, feedback: closed })
    await closed.close()
    const page = await open(browser, 'recaptcha')
    expect(await page.solveRecaptchas()).toMatchObject({ solved: [{ isSolved: true }] })
    expect(warnings()).toEqual([expect.stringMatching(/expected an open feedback object/)])
  })
})

describe('the options', () => {
  test('require a key if there are predicates', () => {
    vi.stubEnv('REGOTCHA_CLIENT_KEY', '')
    expect(() => regotchaFeedback(predicates)).toThrow(OptionError)
    expect(() => regotchaFeedback(predicates)).toThrow('REGOTCHA_CLIENT_KEY')
    vi.unstubAllEnvs()
  })

  test.each([
    [{ acceptWhen: () => true }, 'unknown option `acceptWhen`'],
    [{ acceptedWhen: '/dashboard' }, '`acceptedWhen`: expected a function'],
    [{ provider: '' }, '`provider`: expected the id of a provider, got an empty string'],
    [{ sites: [{ acceptedWhen: () => true }] }, '`sites.0.match`: expected a glob'],
    [{ rejectedWhen: () => true }, '`rejectedWhen`: expected nothing without'],
    [{ token: 'a token' }, 'unknown option `token`'],
    [{ feedback: 7 }, '`feedback`: expected a feedback object'],
  ])('refuses %o', (options, message) => {
    expect(() => regotchaFeedback(options as PluginOptions)).toThrow(message)
  })
})
