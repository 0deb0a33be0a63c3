/** Neither a site nor the user can notice a watch, under any host. */
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createRegotchaFeedback, type Watch } from '@regotcha-feedback/core'
import { startSandbox } from '@regotcha-feedback/sandbox'
import { chromium } from 'playwright'
import { expect, inject, onTestFinished, test } from 'vitest'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { type Host, type HostPage, hosts } from './hosts.ts'

const host: Host = hosts[inject('host')]

/** The names of all globals, the source of functions that a watch might wrap, and the loaded resources. */
const surface = `[
  ...[window, navigator, document, Document.prototype, performance].flatMap((object) => Object.getOwnPropertyNames(object).sort()),
  ...[fetch, XMLHttpRequest, XMLHttpRequest.prototype.send, navigator.sendBeacon, HTMLFormElement.prototype.submit, console.debug].map(String),
  ...['navigation', 'resource', 'mark', 'measure'].flatMap((type) => performance.getEntriesByType(type).map(({ name }) => type + name)),
  navigator.webdriver, navigator.userAgent,
]`

/** The headers of a page, a call and a form, as received by the site, and what a script can see. */
async function visit(page: HostPage, url: string): Promise<unknown[]> {
  await page.goto(`${url}headers`)
  const opened = await page.evaluate('document.body.textContent')
  await page.goto(url)
  const called = await page.evaluate(`fetch('login', { method: 'POST', body: '{}' }).then((answer) => answer.text())`)
  const seen = await page.evaluate(surface)
  await page.evaluate('document.forms[0].submit()')
  await page.waitForSelector('pre, #json')
  return [opened, called, seen, await page.evaluate('document.body.textContent')]
}

test('a page and its site see the same with a watch and without', async () => {
  await using sandbox = await startSandbox()
  await using feedback = createRegotchaFeedback({ clientKey: sandbox.clientKey, baseURL: sandbox.apiURL })
  const browser = await host.launch()
  onTestFinished(() => browser.close())
  const bare = await browser.newPage()
  const watched = await browser.newPage()
  const { taskId, token } = sandbox.issueTask()
  await watched.page.goto(sandbox.url('mirror'))
  await bare.page.goto(sandbox.url('mirror'))
  host.watch(watched.page, taskId, { token, feedback, acceptedWhen: async ({ text }) => (await text()) === 'never' })
  const [withWatch, without] = [
    await visit(watched.page, sandbox.url('mirror')),
    await visit(bare.page, sandbox.url('mirror')),
  ]
  expect(withWatch).toEqual(without)
})

interface CoveredPage {
  readonly coverage: {
    startJSCoverage(options: object): Promise<void>
    stopJSCoverage(): Promise<readonly { url: string; text?: string; source?: string }[]>
  }
}

const isFirefox = host.library === 'Puppeteer with Firefox'

/** Where a browser's debugger sees scripts, that of the user's coverage does. */
test.skipIf(isFirefox)('the user’s coverage and debugger see the same scripts', async () => {
  await using sandbox = await startSandbox()
  await using feedback = createRegotchaFeedback({ dryRun: true })
  const browser = await host.launch()
  onTestFinished(() => browser.close())
  async function scripts(watch?: (page: HostPage) => unknown) {
    const { page } = await browser.newPage()
    const { coverage } = page as unknown as CoveredPage
    await page.goto(sandbox.url('iframe-abroad-fetch'))
    await coverage.startJSCoverage({ resetOnNavigation: false, reportAnonymousScripts: true })
    watch?.(page)
    await page.goto(sandbox.url('json'))
    await page.goto(sandbox.url('latin'))
    await setTimeout(300)
    return (await coverage.stopJSCoverage()).map(({ text, source }) => text ?? source).sort()
  }
  const options = { token: sandbox.issueTask().token, feedback, acceptedWhen: () => false }
  expect(await scripts((page) => host.watch(page, 'task', options))).toEqual(await scripts())
})

test.runIf(inject('host') === 'playwright')('a trace has the same actions, and no error', async () => {
  await using sandbox = await startSandbox()
  await using feedback = createRegotchaFeedback({ dryRun: true })
  const tracesDir = await mkdtemp(join(tmpdir(), 'traces-'))
  onTestFinished(() => rm(tracesDir, { recursive: true }))
  const browser = await chromium.launch({ executablePath: findChromium() ?? '', args: chromiumArgs, tracesDir })
  onTestFinished(() => browser.close())
  async function actions(name: string, watch?: (page: HostPage) => Watch) {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    await context.tracing.start({ name })
    const page = await context.newPage()
    const watched = watch?.(page as unknown as HostPage)
    await page.goto(sandbox.url('iframe-abroad-fetch'))
    await page.goto(sandbox.url('iframe'))
    await setTimeout(300)
    watched?.stop()
    await watched?.verdict
    await setTimeout(100)
    const trace = await readFile(join(tracesDir, `${name}.trace`), 'utf8')
    await context.close()
    const events = trace
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    return events
      .filter(({ type }) => type === 'before' || type === 'after')
      .map(({ method, error }) => error ?? method)
  }
  const bare = await actions('bare')
  expect(bare.length).toBeGreaterThan(2)
  const options = { token: sandbox.issueTask().token, feedback, acceptedWhen: () => false }
  expect(await actions('watched', (page) => host.watch(page, 'task', options))).toEqual(bare)
})

/** What a call of the user's comes to, in time. */
const outcome = (call: Promise<unknown>) =>
  Promise.race([
    call.then(
      () => 'fulfilled',
      (error: Error) => `rejected: ${error.message.split('\n')[0]}`,
    ),
    setTimeout(5_000, 'pending'),
  ])

interface NavigatingPage extends HostPage {
  waitForNavigation(): Promise<unknown>
}

/** Each ends with what the user's calls came to. */
const visits: Record<string, (page: NavigatingPage, url: string) => Promise<string[]>> = {
  'goes on to a page that is being prerendered': async (page, url) => {
    await page.goto(url)
    await page.evaluate(`document.body.innerHTML = '<a href="next">on</a>'`)
    const navigation = outcome(page.waitForNavigation())
    await page.evaluate(`{
      const script = document.createElement('script')
      script.type = 'speculationrules'
      script.innerText = JSON.stringify({ prerender: [{ source: 'list', urls: ['next'] }] })
      document.head.append(script)
    }`)
    await page.click('a')
    return [await navigation, String(await page.evaluate('location.pathname'))]
  },
  'goes back': async (page, url) => {
    await page.goto(url)
    await page.goto(`${url}next`)
    return [await outcome(page.goBack()), page.url()]
  },
  'shows a PDF': async (page, url) => [
    await outcome(page.goto(`${url}pdf`)),
    await outcome(page.goto(url)),
    page.url(),
  ],
  'crashes, and is loaded again': async (page, url) => {
    await page.goto(url)
    const crashed = await outcome(page.goto('chrome://crash'))
    // Puppeteer loads nothing after a crash: by chance its call is rejected, or never comes back.
    return [crashed, (await outcome(page.goto(url))) === 'fulfilled' ? 'loaded' : 'not loaded']
  },
}

test.skipIf(isFirefox).each(Object.entries(visits))(
  'the user’s waiting calls come back when a page %s',
  async (_, visit) => {
    await using feedback = createRegotchaFeedback({ dryRun: true })
    const server = createServer(({ url }, answer) => {
      answer.setHeader('content-type', url === '/pdf' ? 'application/pdf' : 'text/html')
      answer.end(url === '/pdf' ? '%PDF-1.1\n1 0 obj <</Pages 2 0 R>> endobj\ntrailer <</Root 1 0 R>>' : 'A page')
    }).listen(0)
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`
    const browser = await host.launch()
    onTestFinished(() => browser.close())
    const play = async (watch?: (page: HostPage) => unknown) => {
      const { page } = await browser.newPage()
      watch?.(page)
      return visit(page as NavigatingPage, url)
    }
    const options = { token: 'a token that is never sent', feedback, acceptedWhen: () => false }
    const bare = await play()
    expect(await play((page) => host.watch(page, 'task', options))).toEqual(bare)
  },
)
