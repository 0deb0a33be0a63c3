/** Remote browsers: the connection breaks, the protocol is old, the profile has an earlier run's cookies. */
import { cookie, createRegotchaFeedback, type RegotchaFeedback, type Verdict } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, describe, expect, test } from 'vitest'
import { findFirefox } from '../setup/firefox.mjs'
import { connects, elsewhere, old, serveBrowser } from './elsewhere.ts'
import { atDashboard, byJSON, saysWrong } from './flows/flow.ts'
import { type Host, type HostPage, type PageOpener, playwright, puppeteer } from './hosts.ts'
import { type LinkOptions, openLink } from './link.ts'

let sandbox: Sandbox
let feedback: RegotchaFeedback

beforeAll(async () => {
  sandbox = await startSandbox()
  const pace = { perMinute: 60, burst: 20 }
  feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL, pace })
  return async () => {
    await feedback.close()
    await sandbox.close()
  }
})

const short = (verdict: Verdict) =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : `${verdict.kind} by ${verdict.by}`

async function submit(page: HostPage, token: string) {
  await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
  await page.click('button[type=submit]')
}

/** A browser behind our proxy. */
async function servedOver(options?: LinkOptions) {
  const { endpoint, stop } = await serveBrowser()
  const link = await openLink(endpoint, options)
  return {
    ...link,
    [Symbol.asyncDispose]() {
      link.close()
      return stop()
    },
  }
}

async function launched(host: Host<PageOpener>) {
  const { newPage, close } = await host.launch()
  return { newPage, [Symbol.asyncDispose]: close }
}

describe.each([
  ['connectOverCDP', playwright, connects.playwright],
  ['puppeteer.connect', puppeteer, connects.puppeteer],
] as const)('%s', (_, library, connect) => {
  test.concurrent('a link that is cut ends the watch, and over the next connection a watch has its verdict', async () => {
    await using link = await servedOver()
    const first = await connect(link.endpoint)
    const lost = (await first.newPage()).page
    const { taskId, token } = sandbox.issueTask()
    await lost.goto(sandbox.url('stalled'))
    const { promise: reading, resolve } = Promise.withResolvers<void>()
    const acceptedWhen = async ({ json }: { json(): Promise<{ success: boolean }> }) => {
      resolve()
      return (await json()).success
    }
    const watch = library.watch(lost, taskId, { token, acceptedWhen, feedback })
    await submit(lost, token)
    await reading
    link.cut()
    expect(short(await watch.verdict)).toBe('undecided: page-closed')

    const second = await connect(link.endpoint)
    const { page } = await second.newPage()
    const task = sandbox.issueTask()
    await page.goto(sandbox.url('form'))
    const next = library.watch(page, task.taskId, { token: task.token, acceptedWhen: atDashboard, feedback })
    await submit(page, task.token)
    expect(short(await next.verdict)).toBe('accepted by acceptedWhen')
    await next.delivery
    await second.close()
    const ofBoth = sandbox.feedback.filter((record) => [taskId, task.taskId].includes(record.taskId))
    expect(ofBoth).toMatchObject([{ taskId: task.taskId, valid: true }])
  })

  test.concurrent.each([true, false])(
    'a browser that keeps no bodies may lose an answer, and decides none wrongly: %s',
    async (valid) => {
      await using link = await servedOver(old)
      const browser = await connect(link.endpoint)
      const { page } = await browser.newPage()
      const { taskId, token } = sandbox.issueTask({ valid })
      await page.goto(sandbox.url('leave'))
      const watch = library.watch(page, taskId, { token, ...byJSON, verdictTimeout: 5_000, feedback })
      await submit(page, token)
      expect(['undecided: predicate-error', valid ? 'accepted by acceptedWhen' : 'rejected by rejectedWhen']).toContain(
        short(await watch.verdict),
      )
      expect(link.refusals()).toBeGreaterThan(0)
      await browser.close()
    },
  )
})

test.concurrent.each(['playwright-persistent', 'patchright-persistent', 'playwright-extra-persistent'] as const)(
  '%s: a cookie of an earlier run shows no acceptance',
  async (name) => {
    const host: Host<PageOpener> = elsewhere[name]
    await using browser = await launched(host)
    const { page } = await browser.newPage()
    const { taskId, token } = sandbox.issueTask({ valid: false })
    await page.goto(sandbox.url('form'))
    expect(await page.evaluate('document.cookie')).toBe('session=ada')
    const watch = host.watch(page, taskId, {
      token,
      acceptedWhen: cookie('session', 'ada'),
      rejectedWhen: saysWrong,
      feedback,
    })
    await submit(page, token)
    expect(short(await watch.verdict)).toBe('rejected by rejectedWhen')
  },
)

test
  .skipIf(!findFirefox())
  .concurrent('Playwright with Firefox tells no bodies: with a token alone nothing is decided', async () => {
    const host = elsewhere['playwright-firefox']
    await using browser = await launched(host)
    const { page } = await browser.newPage()
    const { taskId, token } = sandbox.issueTask({ valid: false })
    await page.goto(sandbox.url('form'))
    const watch = playwright.watch(page, taskId, {
      token,
      acceptedWhen: atDashboard,
      submissionTimeout: 5_000,
      feedback,
    })
    await submit(page, token)
    expect(short(await watch.verdict)).toBe('undecided: not-submitted')
  })
