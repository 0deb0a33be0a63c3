/** How many bodies are lost to the navigation that follows them, read in a response handler and read by us. */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRegotchaFeedback, type RegotchaFeedback } from '@regotcha-feedback/core'
import type { PageLike } from '@regotcha-feedback/core/adapter'
import { type Sandbox, type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { type Host, type HostBrowser, type HostPage, hosts } from '../conformance/hosts.ts'
import { findChromium } from '../setup/chromium.mjs'
import { lines } from './table.ts'

const scenarios = {
  json: 'a call, and the page stays',
  leave: 'a call, then at once a page that is quick',
  'leave-50': '… a page that takes 50 ms',
  'leave-1500': '… a page that takes 1500 ms',
  'leave-unread': 'a call whose answer the page never reads, then a page',
  'leave-streaming': 'a call whose answer takes 600 ms, and a page at once',
  'ten-megabytes-json': 'a call with an answer of 10 MB, and the page stays',
  'script-redirect': 'a form, answered by a page that goes on by script',
  'meta-refresh': 'a form, answered by a page that goes on by meta refresh',
} as const satisfies Partial<Record<SiteName, string>>

/** A read that takes longer is lost to whoever waits for it. */
const limit = 8_000
/** Pages at a time, as a crawler has them. */
const parallel = 4

interface Run {
  readonly host: Host
  readonly page: HostPage
  readonly feedback: RegotchaFeedback
  readonly taskId: string
  readonly token: string
}

/** Begins to read the answer to the submission; resolves with its body. */
type Reading = (run: Run) => Promise<string>

interface Response {
  status(): number
  request(): { method(): string }
  text(): Promise<string>
}

const byHand: Reading = ({ page }) =>
  new Promise((resolve, reject) => {
    ;(page as unknown as PageLike).on('response', (response: Response) => {
      if (response.request().method() === 'POST' && response.status() === 200) response.text().then(resolve, reject)
    })
  })

const byUs: Reading = ({ host, page, feedback, taskId, token }) =>
  new Promise((resolve, reject) => {
    const watch = host.watch(page, taskId, {
      token,
      feedback,
      predicateTimeout: limit,
      async acceptedWhen({ kind, method, text }) {
        if (kind === 'response' && method === 'POST') await text().then(resolve, reject)
        return false
      },
    })
    sleep(limit).then(() => watch.stop())
  })

/** How many of the rounds got the body. */
async function count(
  reading: Reading,
  {
    host,
    browser,
    sandbox,
    feedback,
  }: { host: Host; browser: HostBrowser; sandbox: Sandbox; feedback: RegotchaFeedback },
  site: SiteName,
  rounds: number,
): Promise<number> {
  let left = rounds
  let got = 0
  const visitor = async () => {
    while (left-- > 0) {
      const { page, closeContext } = await browser.newPage()
      const { taskId, token } = sandbox.issueTask()
      await page.goto(sandbox.url(site))
      const body = reading({ host, page, feedback, taskId, token }).catch(() => '')
      await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
      await page.click('button[type=submit]')
      if (await Promise.race([body, sleep(limit, '')])) got += 1
      await closeContext()
    }
  }
  await Promise.all(Array.from({ length: parallel }, visitor))
  return got
}

export async function benchBodies(rounds: number): Promise<string> {
  await using sandbox = await startSandbox()
  await using feedback = createRegotchaFeedback({ dryRun: true })
  const chosen = { Playwright: hosts.playwright, 'Puppeteer 25': hosts.puppeteer }
  const rows: string[][] = Object.values(scenarios).map((what) => [what])
  for (const host of Object.values(chosen)) {
    const browser = await host.launch()
    for (const [index, site] of (Object.keys(scenarios) as SiteName[]).entries()) {
      for (const reading of [byHand, byUs]) {
        const got = await count(reading, { host, browser, sandbox, feedback }, site, rounds)
        rows[index]?.push(got === rounds ? 'none' : String(rounds - got))
      }
    }
    await browser.close()
  }
  const names = Object.keys(chosen).flatMap((name) => [`${name}, by hand`, `${name}, by us`])
  const { stdout: chromium } = spawnSync(findChromium() ?? '', ['--version'], { encoding: 'utf8' })
  const head = [
    ['the site’s answer', ...names],
    ['---', ...names.map(() => '--:')],
  ]
  return `Bodies lost of ${rounds}, under ${chromium.trim()}.\n\n${lines([...head, ...rows])}`
}
