/** A watch and its page, from arming to the end of the page, under every host. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createRegotchaFeedback, type RegotchaFeedback, type Verdict, type WatchOptions } from '@regotcha-feedback/core'
import { type Sandbox, type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { saysFailure, saysSuccess } from './flows/flow.ts'
import { type Host, type HostPage, hosts } from './hosts.ts'

const host: Host = hosts[inject('host')]
let browser: Awaited<ReturnType<Host['launch']>>
let sandbox: Sandbox
let feedback: RegotchaFeedback
let page: HostPage
let closeContext: () => Promise<void>

beforeAll(async () => {
  browser = await host.launch()
  return () => browser.close()
})

beforeEach(async () => {
  sandbox = await startSandbox()
  feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
  ;({ page, closeContext } = await browser.newPage())
  return async () => {
    await closeContext().catch(() => {})
    await feedback.close()
    await sandbox.close()
  }
})

/** Opens a site's page and arms a watch there. */
async function open(site: SiteName, { valid, ...options }: { valid: boolean } & Omit<WatchOptions, 'token'>) {
  const { taskId, token } = sandbox.issueTask({ valid })
  await page.goto(sandbox.url(site))
  const watch = host.watch(page, taskId, { token, feedback, verdictTimeout: 1500, ...options })
  return { watch, taskId, token }
}

/** Submits like a crawler: enters the token into its field, then clicks. */
async function submit(token: string, on: HostPage = page) {
  await on.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
  await on.click('button[type=submit]')
}

const short = (verdict: Verdict) =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : `${verdict.kind} by ${verdict.by}`

/** The API has exactly this feedback, and nothing for an undecided task. */
function recorded(taskId: string) {
  const all = sandbox.feedback.filter((record) => record.taskId === taskId)
  return all.map(({ valid }) => valid)
}

/** The members of a page that users use, in both libraries. */
interface AnsweredPage {
  waitForResponse(is: (response: { url(): string }) => boolean): Promise<{ text(): Promise<string> }>
}

const atDashboard: WatchOptions['acceptedWhen'] = ({ url }) => url.endsWith('/dashboard')

test('without a token, the submission is found by its form field', async () => {
  const { taskId, token } = sandbox.issueTask({ valid: false })
  await page.goto(sandbox.url('form'))
  const watch = host.watch(page, taskId, { acceptedWhen: atDashboard, feedback })
  await submit(token)
  expect(short(await watch.verdict)).toBe('rejected by rejectedWhen')
})

test('a token that never left is not a submission', async () => {
  const { watch } = await open('form', { valid: true, acceptedWhen: atDashboard, submissionTimeout: 300 })
  await page.goto(sandbox.url('json'))
  expect(short(await watch.verdict)).toBe('undecided: not-submitted')
})

test('the page stays the same object, has the watch as a member, and loses our listeners after the verdict', async () => {
  const events = [
    'request',
    'response',
    'requestfailed',
    'framenavigated',
    'domcontentloaded',
    'close',
    'crash',
    'error',
    'popup',
    'disconnected',
  ]
  const listeners = () => host.emitters(page).map((emitter) => events.map((event) => emitter.listenerCount(event)))
  const before = listeners()
  const { watch, token } = await open('form', { valid: true, acceptedWhen: atDashboard })
  expect(listeners()).not.toEqual(before)
  expect((page as HostPage & { feedback: unknown }).feedback).toBe(watch)
  await submit(token)
  await watch.verdict
  // Puppeteer itself listens for the end of each request that is under way.
  await vi.waitFor(() => expect(listeners()).toEqual(before), 20_000)
})

test('the sessions of a page and of its frames are closed after the verdict', async () => {
  const sessions = host.sessions(page)
  const before = sessions.length
  const { watch, token } = await open('iframe-abroad-fetch', { valid: true, acceptedWhen: saysSuccess })
  await expect.poll(() => sessions.length - before).toBeGreaterThan(1)
  await submit(token)
  expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
  for (const session of sessions) {
    await vi.waitFor(() => expect(session.send('Target.getTargetInfo')).rejects.toThrow(/clos|detach/i), 20_000)
  }
})

test.runIf(host.library.startsWith('Puppeteer'))(
  'watches that begin and end at once leave the browser its target',
  async () => {
    const { browser } = page as unknown as { browser(): { target(): { type(): string } } }
    const pages = await Promise.all([page, page, page].map(() => host.beside(page)))
    const watches = pages.map((each) =>
      host.watch(each, sandbox.issueTask().taskId, { acceptedWhen: saysSuccess, feedback }),
    )
    await Promise.all(pages.map((each) => each.goto(sandbox.url('form'))))
    for (const watch of watches) watch.stop()
    await Promise.all(pages.map((each) => each.close()))
    await sleep(500) // for what they close
    expect(browser.call(page).target().type()).toBe('browser')
  },
)

test.each([
  ['slow-call', 'before any of it is there'],
  ['stream', 'after its first half'],
] as const)('the user’s own reading of an answer (%s) where the watch is armed %s', async (site, when) => {
  await page.goto(sandbox.url(site))
  const answer = (page as unknown as AnsweredPage).waitForResponse((response) => response.url().endsWith('/login'))
  await page.evaluate(`void fetch('login', { method: 'POST', body: '{}' }).then((response) => response.text())`)
  if (when.startsWith('after')) await answer
  const { taskId, token } = sandbox.issueTask()
  const watch = host.watch(page, taskId, { token, acceptedWhen: saysSuccess, feedback })
  expect(await (await answer).text()).toBe('{"success":false}')
  watch.stop()
})

test('after a page that is not UTF-8, the user reads the same as without a watch', async () => {
  const acceptedWhen: WatchOptions['acceptedWhen'] = async ({ text }) => /Bienvenue/.test(await text())
  const { watch, token } = await open('latin', { valid: true, acceptedWhen })
  await page.goto(sandbox.url('latin'))
  const answer = (page as unknown as AnsweredPage).waitForResponse((response) => response.url().endsWith('/login'))
  await submit(token)
  expect(await (await answer).text()).toContain('très cher hôte')
  expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
})

test('with interception, the user reads the same as without a watch', async () => {
  const { watch, token } = await open('json', { valid: true, acceptedWhen: saysSuccess })
  await host.intercept(page, (url) =>
    url.endsWith('/login') ? { kind: 'fulfil', body: '{"success":true}' } : undefined,
  )
  const answer = (page as unknown as AnsweredPage).waitForResponse((response) => response.url().endsWith('/login'))
  await submit(token)
  expect(await (await answer).text()).toBe('{"success":true}')
  expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
})

test('an answer whose body the page never reads', async () => {
  const { watch, token } = await open('json', { valid: true, acceptedWhen: saysSuccess })
  const body = JSON.stringify({ username: 'ada', captcha: token })
  const request = JSON.stringify({ method: 'POST', headers: { 'content-type': 'application/json' }, body })
  await page.evaluate(`fetch('login', ${request}).then(({ ok }) => ok)`)
  expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
})

test('one token on two pages: each is judged by its own submission', async () => {
  const predicates = { acceptedWhen: saysSuccess, rejectedWhen: saysFailure }
  const { watch, taskId, token } = await open('json', { valid: false, ...predicates })
  const beside = await host.beside(page)
  await beside.goto(sandbox.url('json'))
  const watchBeside = host.watch(beside, taskId, { token, feedback, ...predicates })
  await submit(token, beside)
  expect(short(await watchBeside.verdict)).toBe('rejected by rejectedWhen')
  watch.stop()
  expect((await watch.verdict).why.trail).toHaveLength(1)
  await watchBeside.delivery
  expect(recorded(taskId)).toEqual([false])
})

test('two watches on one page tell their tokens apart', async () => {
  const first = await open('json', { valid: false, acceptedWhen: saysSuccess, rejectedWhen: saysFailure })
  const second = sandbox.issueTask({ valid: true })
  const watch = host.watch(page, second.taskId, {
    token: second.token,
    feedback,
    acceptedWhen: saysSuccess,
    rejectedWhen: saysFailure,
  })
  await submit(second.token)
  expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
  first.watch.stop()
  expect(short(await first.watch.verdict)).toBe('undecided: stopped')
})

test('accept() and reject() take precedence', async () => {
  const { watch, taskId } = await open('form', { valid: true, acceptedWhen: atDashboard })
  watch.reject()
  expect(short(await watch.verdict)).toBe('rejected by user')
  await watch.delivery
  expect(recorded(taskId)).toEqual([false])
})

describe('a page that ends before a verdict', () => {
  const never: Pick<WatchOptions, 'acceptedWhen'> = { acceptedWhen: () => false }

  test('is closed', async () => {
    const { watch } = await open('silent', { valid: true, ...never })
    await page.close()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test('is closed with its context', async () => {
    const { watch } = await open('silent', { valid: true, ...never })
    await closeContext()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test('is closed with its browser', async () => {
    const other = await host.launch()
    ;({ page } = await other.newPage())
    const { watch } = await open('silent', { valid: true, ...never })
    await other.close()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test('was already closed when the watch was armed', async () => {
    await page.close()
    const watch = host.watch(page, 'task', { ...never, feedback })
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test('is closed with its browser, which was killed', async () => {
    const other = await host.launch()
    ;({ page } = await other.newPage())
    const { watch } = await open('silent', { valid: true, ...never })
    await other.kill()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test('is closed with its browser, which was disconnected', async ({ skip }) => {
    const other = await host.launch()
    if (!other.disconnect) {
      await other.close()
      return skip('Playwright disconnects from no browser that it launched')
    }
    ;({ page } = await other.newPage())
    const { watch } = await open('silent', { valid: true, ...never })
    await other.disconnect()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')
  })

  test.skipIf(host.lacks.includes('crashes'))('crashes', async () => {
    const { watch } = await open('silent', { valid: true, ...never })
    page.goto('chrome://crash').catch(() => {})
    expect(short(await watch.verdict)).toBe('undecided: page-crashed')
  })

  test('is closed right after its answer arrived, which is judged', async () => {
    const { watch, taskId, token } = await open('json', { valid: true, acceptedWhen: saysSuccess })
    await submit(token)
    await page.waitForSelector('h1 + p')
    await page.close()
    expect(short(await watch.verdict)).toBe('accepted by acceptedWhen')
    await watch.delivery
    expect(recorded(taskId)).toEqual([true])
  })
})
