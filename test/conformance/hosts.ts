import type { AdapterOptions, PlaceOptions, Watch } from '@regotcha-feedback/core'
import { withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import { withRegotchaFeedback as withPuppeteer } from '@regotcha-feedback/puppeteer'
import { chromium as patchrightChromium } from 'patchright-core'
import { chromium, type Browser as PlaywrightBrowser, type Page as PlaywrightPage } from 'playwright'
import { addExtra as addPlaywrightExtra } from 'playwright-extra'
import puppeteer25, { type Browser, type CDPSession, type Page as PuppeteerPage } from 'puppeteer'
import puppeteer24 from 'puppeteer-24'
import { addExtra as addPuppeteerExtra, type VanillaPuppeteer } from 'puppeteer-extra'
import { regotchaFeedback } from 'puppeteer-extra-plugin-regotcha-feedback'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { findFirefox } from '../setup/firefox.mjs'
import type { Capability } from './capabilities.ts'

/** The members of a page that the flows use; each library has them. */
export type HostPage = Pick<PuppeteerPage, 'url' | 'isClosed'> & {
  goto(url: string): Promise<unknown>
  goBack(): Promise<unknown>
  reload(): Promise<unknown>
  setExtraHTTPHeaders(headers: Record<string, string>): Promise<void>
  click(selector: string): Promise<void>
  waitForSelector(selector: string): Promise<unknown>
  evaluate(script: string): Promise<unknown>
  close(): Promise<void>
  listenerCount(event: string): number
  removeAllListeners(event: string): unknown
}

/** A browser library with our adapter. The flows are the same under each. */
export interface Host<Browser extends PageOpener = HostBrowser> {
  readonly library: 'Playwright' | 'patchright' | 'Puppeteer' | 'Puppeteer with Firefox' | 'Playwright with Firefox'
  readonly lacks: readonly Capability[]
  /** Flows that it does not run, each with the reason. */
  readonly unplayed?: Readonly<Record<string, string>>
  /** What recordings lack that are made beside, where any are: they are explained, and compared with what was live. */
  readonly recordingLacks?: readonly Capability[]
  launch(): Promise<Browser>
  watch(page: HostPage, taskId: string, options: AdapterOptions): Watch
  /** All objects that may have our listeners: the page, its context, its browser. */
  emitters(page: HostPage): readonly Emitter[]
  /** The protocol sessions opened for a page and its frames from now on, or earlier for other pages of its browser. */
  sessions(page: HostPage): readonly Session[]
  /** Another page of the same context. */
  beside(page: HostPage): Promise<HostPage>
  /** The user's own interception of requests; `undefined` lets one pass. */
  intercept(page: HostPage, decide: (url: string) => Interception | undefined): Promise<void>
}

type Emitter = Pick<HostPage, 'listenerCount'>

export interface Session {
  send(method: 'Target.getTargetInfo'): Promise<unknown>
}

export type Interception = { readonly kind: 'abort' } | { readonly kind: 'fulfil' | 'rewrite'; readonly body: string }

export interface PageOpener {
  /** Opens a page, in its own context if possible. Closing the context writes the recording. */
  newPage(har?: string): Promise<{ page: HostPage; closeContext(): Promise<void> }>
  close(): Promise<void>
}

export interface HostBrowser extends PageOpener {
  /** Watches all its pages for solved tokens. */
  lookOut(options: PlaceOptions): void
  /** Kills its process, as in a crash. */
  kill(): Promise<unknown>
  /** Disconnects from it; here it ends, too. */
  disconnect?(): Promise<unknown>
}

/** The sandbox's certificate is self-signed. */
export const launchOptions = { executablePath: findChromium() ?? '', args: chromiumArgs, acceptInsecureCerts: true }

export const playwright: Host = {
  library: 'Playwright',
  lacks: ['blobBodies', 'fileForms', 'streamedBodies', 'openedPages'],
  launch: async () => ofPlaywright(await chromium.launch(launchOptions)),
  watch: (page, taskId, options) => withPlaywright(page as unknown as PlaywrightPage, taskId, options).feedback,
  emitters(page) {
    const context = (page as unknown as PlaywrightPage).context()
    return [page, context, context.browser()] as unknown as Emitter[]
  },
  sessions(page) {
    const context = (page as unknown as PlaywrightPage).context()
    const sessions: Session[] = []
    const open = context.newCDPSession.bind(context)
    context.newCDPSession = async (of) => {
      const session = await open(of)
      sessions.push(session)
      return session
    }
    return sessions
  },
  beside: async (page) => asHostPage(await (page as unknown as PlaywrightPage).context().newPage()),
  async intercept(page, decide) {
    await (page as unknown as PlaywrightPage).route('**', (route) => {
      const decided = decide(route.request().url())
      if (decided?.kind === 'abort') return route.abort()
      if (decided?.kind === 'fulfil') return route.fulfill({ contentType: 'application/json', body: decided.body })
      return route.continue(decided && { postData: decided.body })
    })
  },
}

/** By browser: all that are opened in one of the browser's own, which stays. */
const opened = new WeakMap<Browser, Session[]>()

function noteSessions(browser: Browser): void {
  const sessions: Session[] = []
  opened.set(browser, sessions)
  const lookInto = (session: CDPSession) =>
    session.on('sessionattached', (child) => {
      sessions.push(child)
      lookInto(child)
    })
  const target = browser.target()
  const open = target.createCDPSession.bind(target)
  target.createCDPSession = async () => lookInto(await open())
}

export const puppeteer: Host = {
  library: 'Puppeteer',
  lacks: ['newTabs', 'popups', 'fileForms', 'streamedBodies', 'openedPages', 'rewrittenBodies'],
  launch: async () => ofPuppeteer(await puppeteer25.launch(launchOptions)),
  watch: (page, taskId, options) => withPuppeteer(page as unknown as PuppeteerPage, taskId, options).feedback,
  emitters: (page) => [page, (page as unknown as PuppeteerPage).browser()] as unknown as Emitter[],
  sessions: (page) => opened.get((page as unknown as PuppeteerPage).browser()) ?? [],
  beside: async (page) => asHostPage(await (page as unknown as PuppeteerPage).browserContext().newPage()),
  async intercept(page, decide) {
    const own = page as unknown as PuppeteerPage
    await own.setRequestInterception(true)
    own.on('request', (request) => {
      const decided = decide(request.url())
      if (decided?.kind === 'abort') return void request.abort()
      if (decided?.kind === 'fulfil')
        return void request.respond({ contentType: 'application/json', body: decided.body })
      void request.continue(decided && { postData: decided.body })
    })
  },
}

export const hosts = {
  playwright: { ...playwright, recordingLacks: ['scriptURLs', 'endings', 'removals', 'openers', 'hiddenHeaders'] },
  'playwright-extra': {
    ...playwright,
    launch: async () => ofPlaywright(await addPlaywrightExtra(chromium).launch(launchOptions)),
  },
  patchright: {
    ...playwright,
    library: 'patchright',
    lacks: ['workerRedirects', 'streamedBodies', 'openedPages', 'appSchemes'],
    launch: async () => ofPlaywright((await patchrightChromium.launch(launchOptions)) as unknown as PlaywrightBrowser),
  },
  puppeteer,
  'puppeteer-24': {
    ...puppeteer,
    launch: async () => ofPuppeteer((await puppeteer24.launch(launchOptions)) as unknown as Browser),
  },
  'puppeteer-extra': {
    ...puppeteer,
    async launch() {
      // Its types are of Puppeteer's older majors.
      const extra = addPuppeteerExtra(puppeteer25 as unknown as VanillaPuppeteer).use(regotchaFeedback())
      return ofPuppeteer((await extra.launch(launchOptions)) as unknown as Browser)
    },
    watch: (page, taskId, options) => (page as unknown as PuppeteerPage).regotchaFeedback(taskId, options).feedback,
  },
  firefox: {
    ...puppeteer,
    library: 'Puppeteer with Firefox',
    lacks: ['crashes', 'ownReloads', 'openers'],
    launch: async () =>
      ofPuppeteer(
        await puppeteer25.launch({
          browser: 'firefox',
          executablePath: findFirefox() ?? '',
          extraPrefsFirefox: { 'network.dns.localDomains': 'no-tls.test' },
          acceptInsecureCerts: true,
        }),
      ),
  },
} satisfies Record<string, Host>

export function ofPlaywright(browser: PlaywrightBrowser): HostBrowser {
  return {
    async newPage(har) {
      const context = await browser.newContext({
        ignoreHTTPSErrors: true,
        ...(har && { recordHar: { path: har, content: 'embed' } }),
      })
      return { page: asHostPage(await context.newPage()), closeContext: () => context.close() }
    },
    lookOut: (options) => void withPlaywright(browser, options),
    close: () => browser.close(),
    async kill() {
      const session = await browser.newBrowserCDPSession()
      const gone = new Promise((resolve) => browser.once('disconnected', resolve))
      session.send('Browser.crash').catch(() => {}) // which patchright never answers
      await gone
    },
  }
}

export function ofPuppeteer(browser: Browser): HostBrowser {
  noteSessions(browser)
  return {
    async newPage() {
      const context = await browser.createBrowserContext()
      const page = await context.newPage().catch(() => context.newPage()) // Firefox fails to at times
      return { page: asHostPage(page), closeContext: () => context.close() }
    },
    lookOut: (options) => void withPuppeteer(browser, options),
    close: () => browser.close(),
    kill: async () => browser.process()?.kill('SIGKILL'),
    async disconnect() {
      const process = browser.process()
      await browser.disconnect()
      process?.kill('SIGKILL')
    },
  }
}

export const asHostPage = (page: PlaywrightPage | PuppeteerPage) => page as unknown as HostPage
