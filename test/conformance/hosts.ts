import type { AdapterOptions, Watch } from '@regotcha-feedback/core'
import { withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import { chromium, type Page as PlaywrightPage } from 'playwright'
import vanillaPuppeteer, { type Browser, type Page as PuppeteerPage } from 'puppeteer'
import { addExtra } from 'puppeteer-extra'
import { regotchaFeedback, withRegotchaFeedback as withPuppeteer } from 'puppeteer-extra-plugin-regotcha-feedback'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'

/** What the flows need of a page; each library has it by these names. */
export type HostPage = Pick<PuppeteerPage, 'url' | 'isClosed'> & {
  goto(url: string): Promise<unknown>
  click(selector: string): Promise<void>
  waitForSelector(selector: string): Promise<unknown>
  evaluate(script: string): Promise<unknown>
  close(): Promise<void>
  listenerCount(event: string): number
  removeAllListeners(): unknown
}

/** Where hosts differ in what they show of a page, and why. */
export const capabilities = {
  blobBodies: 'Playwright has no API for a body that is a Blob or holds one.',
  fileForms: "Chromium tells nobody the body of a form's navigation that holds a file.",
} as const

export type Capability = keyof typeof capabilities

/** A browser library with our adapter to it. The flows run alike under each. */
export interface Host {
  readonly lacks: readonly Capability[]
  launch(): Promise<HostBrowser>
  watch(page: HostPage, taskId: string, options: AdapterOptions): Watch
}

export interface HostBrowser {
  /** A page in a context of its own, and how to close that. */
  newPage(): Promise<{ page: HostPage; closeContext(): Promise<void> }>
  close(): Promise<void>
}

const executablePath = findChromium() ?? ''
const launchOptions = { executablePath, args: chromiumArgs }

const playwright: Host = {
  lacks: ['blobBodies', 'fileForms'],
  async launch() {
    const browser = await chromium.launch(launchOptions)
    return {
      async newPage() {
        const context = await browser.newContext()
        return { page: asHostPage(await context.newPage()), closeContext: () => context.close() }
      },
      close: () => browser.close(),
    }
  },
  watch: (page, taskId, options) => withPlaywright(page as unknown as PlaywrightPage, taskId, options).feedback,
}

const puppeteer: Host = {
  lacks: ['fileForms'],
  launch: async () => ofPuppeteer(await vanillaPuppeteer.launch(launchOptions)),
  watch: (page, taskId, options) => withPuppeteer(page as unknown as PuppeteerPage, taskId, options).feedback,
}

const puppeteerExtra: Host = {
  lacks: puppeteer.lacks,
  async launch() {
    // Its types are of Puppeteer's older majors.
    const extra = addExtra(vanillaPuppeteer as unknown as Parameters<typeof addExtra>[0]).use(regotchaFeedback())
    return ofPuppeteer((await extra.launch(launchOptions)) as unknown as Browser)
  },
  watch: (page, taskId, options) => (page as unknown as PuppeteerPage).regotchaFeedback(taskId, options),
}

function ofPuppeteer(browser: Browser): HostBrowser {
  return {
    async newPage() {
      const context = await browser.createBrowserContext()
      return { page: asHostPage(await context.newPage()), closeContext: () => context.close() }
    },
    close: () => browser.close(),
  }
}

const asHostPage = (page: PlaywrightPage | PuppeteerPage) => page as unknown as HostPage

export const hosts = { playwright, puppeteer, 'puppeteer-extra': puppeteerExtra } satisfies Record<string, Host>
