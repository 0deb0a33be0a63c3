/**
 * Makes the recordings that the tests explain: the same sessions, recorded by what people record with. Real browsers
 * at the sandbox's sites; run it again, with Chromium and Firefox at hand, when a recorder has changed.
 */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
// @ts-expect-error it has no types
import { harFromMessages } from 'chrome-har'
import { chromium } from 'playwright'
import puppeteer, { type Page } from 'puppeteer'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { findFirefox } from '../setup/firefox.mjs'
import { type Session, sessions, tokenOf } from './sessions.ts'

const executablePath = findChromium() ?? ''
const recordings = new URL('./recordings/', import.meta.url)

/** How long a recorder may need to have seen what happened. */
const pause = 2_500

interface SessionPage {
  goto(url: string): Promise<unknown>
  evaluate(script: string): Promise<unknown>
  click(selector: string): Promise<unknown>
}

async function crawl(page: SessionPage, sandbox: Sandbox, session: Session): Promise<void> {
  const { site, valid } = sessions[session]
  sandbox.issueTask({ valid, token: tokenOf(session) })
  await page.goto(sandbox.url(site))
  await setTimeout(pause)
  await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = '${tokenOf(session)}'`)
  await page.click('button[type=submit]')
  await setTimeout(pause)
}

const recorders: Record<string, (sandbox: Sandbox, session: Session) => Promise<string>> = {
  async playwright(sandbox, session) {
    const path = `${mkdtempSync(`${tmpdir()}/har-`)}/session.har`
    await using browser = await chromium.launch({ executablePath, args: chromiumArgs })
    const context = await browser.newContext({ recordHar: { path } })
    await crawl(await context.newPage(), sandbox, session)
    await context.close()
    return readFileSync(path, 'utf8')
  },

  /** As the README of chrome-har does it. */
  async puppeteer(sandbox, session) {
    await using browser = await puppeteer.launch({ executablePath, args: chromiumArgs })
    const page = await browser.newPage()
    const client = await page.createCDPSession()
    const messages: { method: string; params: { response?: { body?: string } } }[] = []
    const bodies: Promise<unknown>[] = []
    await client.send('Page.enable')
    await client.send('Network.enable')
    const all = client as unknown as { on(event: '*', listener: (method: string, params: object) => void): void }
    all.on('*', (method, params) => {
      if (/^(Page|Network)\./.test(method)) messages.push({ method, params })
    })
    client.on('Network.loadingFinished', ({ requestId }) => {
      const fetched = client.send('Network.getResponseBody', { requestId }).then(({ body, base64Encoded }) => {
        const received = messages.find(
          ({ method, params }) =>
            method === 'Network.responseReceived' && (params as { requestId?: string }).requestId === requestId,
        )
        if (received?.params.response)
          Object.assign(received.params.response, { body, encoding: base64Encoded && 'base64' })
      })
      bodies.push(fetched.catch(() => {}))
    })
    await crawl(page, sandbox, session)
    await Promise.all(bodies)
    return JSON.stringify(harFromMessages(messages, { includeTextFromResponseBody: true }))
  },

  /** By the developer tools' own "Save all as HAR with content", of which they are asked in their own window. */
  async 'chrome-devtools'(sandbox, session) {
    await using browser = await puppeteer.launch({ executablePath, args: chromiumArgs, devtools: true, headless: true })
    const target = await browser.waitForTarget((target) => target.url().startsWith('devtools://'))
    const tools = await target.asPage()
    await setTimeout(2 * pause)
    const page = (await browser.pages()).find((page) => page.url() === 'about:blank') as Page
    const inTools = (code: string) =>
      tools.evaluate(`(async () => {
        const { NetworkLog } = (await import('./models/logs/logs.js')).NetworkLog
        ${code}
      })()`)
    await inTools(`
      const { Settings } = await import('./core/common/common.js')
      Settings.Settings.instance().moduleSetting('network-log.preserve-log').set(true)
      NetworkLog.instance().reset(true)`)
    await crawl(page, sandbox, session)
    const har = await inTools(`
      const { Writer } = (await import('./models/har/har.js')).Writer
      let har = ''
      const progress = { set title(_) {}, set totalWork(_) {}, set worked(_) {}, canceled: false }
      const stream = { write: async (text) => { har += text } }
      await Writer.write(stream, NetworkLog.instance().requests(), { sanitize: false }, progress)
      return har`)
    return String(har)
  },

  /** By the developer tools' own export, which a preference has them make by themselves when a page has loaded. */
  async 'firefox-devtools'(sandbox, session) {
    const folder = mkdtempSync(`${tmpdir()}/har-`)
    await using browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: findFirefox() ?? '',
      args: ['--devtools'],
      extraPrefsFirefox: {
        'devtools.toolbox.selectedTool': 'netmonitor',
        'devtools.netmonitor.persistlog': true,
        'devtools.netmonitor.har.enableAutoExportToFile': true,
        'devtools.netmonitor.har.forceExport': true,
        'devtools.netmonitor.har.defaultLogDir': folder,
        // The pages' scripts go on after they have loaded.
        'devtools.netmonitor.har.pageLoadedTimeout': 3 * pause,
      },
    })
    const [page] = await browser.pages()
    await setTimeout(2 * pause)
    await crawl(page as Page, sandbox, session)
    await setTimeout(4 * pause)
    const files = readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'utf8'))
    return files.find((har) => har.includes(tokenOf(session))) ?? ''
  },
}

const sandbox = await startSandbox()
for (const [recorder, record] of Object.entries(recorders)) {
  if (process.argv[2] && process.argv[2] !== recorder) continue
  for (const session of Object.keys(sessions) as Session[]) {
    const har = await record(sandbox, session)
    writeFileSync(new URL(`${recorder}-${session}.har`, recordings), `${JSON.stringify(JSON.parse(har), null, 1)}\n`)
    console.log(`${recorder}-${session}.har`)
  }
}
await sandbox.close()
