/** `solved()`: the page that submits a token is recognised, under every host. */
import { createRegotchaFeedback, type RegotchaFeedback, type Verdict, type Watch } from '@regotcha-feedback/core'
import { type Sandbox, type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, beforeEach, expect, inject, onTestFinished, test } from 'vitest'
import { type Host, type HostPage, hosts } from './hosts.ts'

const host: Host = hosts[inject('host')]
let browser: Awaited<ReturnType<Host['launch']>>
let sandbox: Sandbox
let feedback: RegotchaFeedback
const rules = {
  acceptedWhen: ({ url }: { url: string }) => url.endsWith('/dashboard'),
  rejectedWhen: async ({ text }: { text: () => Promise<string> }) => (await text()).includes('Wrong captcha'),
  verdictTimeout: 3_000,
}

beforeAll(async () => {
  browser = await host.launch()
  return () => browser.close()
})

beforeEach(async () => {
  sandbox = await startSandbox()
  feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
  browser.lookOut({ ...rules, feedback })
  return async () => {
    await feedback.close()
    await sandbox.close()
  }
})

async function open(site: SiteName) {
  const { page, closeContext } = await browser.newPage()
  onTestFinished(() => closeContext().catch(() => {}))
  await page.goto(sandbox.url(site))
  return page
}

const solve = (valid = true) => sandbox.issueTask({ valid })

async function submit(page: HostPage, token: string) {
  await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
  await page.click('button[type=submit]')
}

const short = (verdict: Verdict) =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : `${verdict.kind} by ${verdict.by}`
const verdictOf = async ({ verdict }: Watch) => short(await verdict)

/** Without those that Puppeteer itself listens to on its pages while a request is under way. */
const events = ['request', 'framenavigated', 'popup', 'context', 'page', 'targetcreated']
const listeners = (page: HostPage) =>
  host.emitters(page).map((emitter) => events.map((event) => emitter.listenerCount(event)))

test('each page is recognised by the token that it submits', async () => {
  const [first, second] = [await open('form'), await open('form')]
  const [good, bad] = [solve(true), solve(false)]
  const [ofGood, ofBad] = [feedback.solved(good), feedback.solved(bad)]
  await submit(second, bad.token)
  await submit(first, good.token)
  expect(await verdictOf(ofGood)).toBe('accepted by acceptedWhen')
  expect(await verdictOf(ofBad)).toBe('rejected by rejectedWhen')
  await Promise.all([ofGood.delivery, ofBad.delivery])
  expect(sandbox.feedback).toHaveLength(2)
})

test('a page that opens after its token was solved', async () => {
  const captcha = solve()
  const watch = feedback.solved(captcha)
  await submit(await open('form'), captcha.token)
  expect(await verdictOf(watch)).toBe('accepted by acceptedWhen')
})

test('a browser that is watched after the token was solved', async () => {
  const late = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
  onTestFinished(async () => void (await late.close({ timeout: 1_000 })))
  const captcha = solve()
  const watch = late.solved(captcha)
  const page = await open('form')
  browser.lookOut({ ...rules, feedback: late })
  await submit(page, captcha.token)
  expect(await verdictOf(watch)).toBe('accepted by acceptedWhen')
  await watch.delivery
})

/** Firefox returns a request's body only while it is sent, not with its answer. */
const isFirefox = host.library === 'Puppeteer with Firefox'

test.skipIf(isFirefox)('a token that was already submitted, but not yet answered', async () => {
  const captcha = solve()
  const page = await open('slow-answer')
  void submit(page, captcha.token).catch(() => {})
  await expect.poll(() => sandbox.submissions).toHaveLength(1)
  expect(await verdictOf(feedback.solved(captcha))).toBe('accepted by acceptedWhen')
})

test('the first page that submits a token decides, and the task has one verdict', async () => {
  const captcha = solve()
  const [first, second] = [await open('form'), await open('form')]
  const watch = feedback.solved(captcha)
  await submit(first, captcha.token)
  await submit(second, captcha.token) // by now it is spent
  expect(await verdictOf(watch)).toBe('accepted by acceptedWhen')
  expect(feedback.solved(captcha)).toBe(watch)
  await watch.delivery
  expect(sandbox.feedback).toMatchObject([{ taskId: captcha.taskId, valid: true }])
})

test('closing a page does not end a watch whose token another page may submit', async () => {
  const captcha = solve()
  const closed = await open('form')
  const page = await open('json')
  const watch = feedback.solved(captcha)
  await closed.close()
  await submit(page, captcha.token)
  expect(await verdictOf(watch)).toBe('accepted by acceptedWhen')
})

test('a page that is closed after it submitted', async () => {
  const captcha = solve()
  const page = await open('silent')
  const watch = feedback.solved(captcha)
  await submit(page, captcha.token)
  await expect.poll(() => sandbox.submissions).toHaveLength(1)
  await page.close()
  expect(await verdictOf(watch)).toBe('undecided: page-closed')
})

test('a page has listeners only while a token waits or is judged', async () => {
  const page = await open('form')
  const before = listeners(page)
  const waiting = feedback.solved({ ...solve(), submissionTimeout: 300 })
  await expect.poll(() => listeners(page)).not.toEqual(before)
  expect(await verdictOf(waiting)).toBe('undecided: not-submitted')
  expect(String(await waiting.verdict)).toContain('call `solved` before the token is submitted')
  await expect.poll(() => listeners(page)).toEqual(before)

  const captcha = solve()
  const watch = feedback.solved(captcha)
  await submit(page, captcha.token)
  await watch.verdict
  await expect.poll(() => listeners(page)).toEqual(before)
})

test('accept(), reject() and stop() work without a page', async () => {
  const [rejected, stopped] = [solve(), solve()]
  const watch = feedback.solved(rejected)
  watch.reject()
  expect(await verdictOf(watch)).toBe('rejected by user')
  const other = feedback.solved(stopped)
  other.stop()
  expect(await verdictOf(other)).toBe('undecided: stopped')
})
