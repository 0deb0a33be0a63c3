/** The hosts that run a selection of flows: remote browsers, other ways to launch, and forks. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { BrowserPool, PlaywrightPlugin } from '@crawlee/browser-pool'
import type { AdapterOptions, WatchOptions } from '@regotcha-feedback/core'
import { chromium as patchrightChromium } from 'patchright-core'
import { type BrowserType, chromium, type Browser as PlaywrightBrowser } from 'playwright'
import { firefox as firefox62 } from 'playwright-1.62'
import { addExtra } from 'playwright-extra'
import puppeteer25, { type Browser } from 'puppeteer'
import { chromium as rebrowserChromium } from 'rebrowser-playwright-core'
import rebrowserPuppeteer from 'rebrowser-puppeteer-core'
import { findFirefox } from '../setup/firefox.mjs'
import { startScreen } from '../setup/screen.mjs'
import {
  asHostPage,
  type Host,
  type HostPage,
  hosts,
  launchOptions,
  ofPlaywright,
  ofPuppeteer,
  type PageOpener,
  playwright,
  puppeteer,
} from './hosts.ts'
import { type LinkOptions, openLink } from './link.ts'

/** Launches a browser that survives its launcher, like a remote one. */
export async function serveBrowser() {
  const userDataDir = mkdtempSync(`${tmpdir()}/profile-`)
  const browser = await puppeteer25.launch({ ...launchOptions, userDataDir })
  const endpoint = browser.wsEndpoint()
  const process = browser.process()
  await browser.disconnect()
  return {
    endpoint,
    async stop() {
      const gone = process && once(process, 'exit')
      process?.kill()
      await gone
      remove(userDataDir)
    },
  }
}

/** The browser's helper processes may still write there. */
const remove = (profile: string) => rmSync(profile, { recursive: true, force: true, maxRetries: 10 })

/** Connects to a browser's endpoint, and opens pages in its default context. */
type Connect = (endpoint: string) => Promise<PageOpener>

export const connects = {
  async playwright(endpoint) {
    const browser = await chromium.connectOverCDP(endpoint)
    const [context] = browser.contexts()
    if (!context) throw new Error('the browser has no context of its own')
    return within(context, () => browser.close())
  },
  async puppeteer(endpoint) {
    const browser = await puppeteer25.connect({ browserWSEndpoint: endpoint })
    return within(browser.defaultBrowserContext(), () => browser.disconnect())
  },
} satisfies Record<string, Connect>

const within = (context: { newPage(): Promise<Parameters<typeof asHostPage>[0]> }, close: () => Promise<void>) => ({
  async newPage() {
    const page = await context.newPage()
    return {
      page: asHostPage(page),
      // Under Playwright, one in thirty pages that are about to navigate never closes, with or without a watch.
      closeContext: () => Promise.race([page.close(), sleep(5_000, undefined, { ref: false })]),
    }
  },
  close,
})

const connected = (library: Host, connect: Connect, options?: LinkOptions): Host<PageOpener> => ({
  ...library,
  async launch() {
    const { endpoint, stop } = await serveBrowser()
    const link = await openLink(endpoint, options)
    const browser = await connect(link.endpoint)
    return {
      newPage: browser.newPage,
      async close() {
        await browser.close()
        link.close()
        await stop()
      },
    }
  },
})

/** Cookies of an earlier run, in the profile of each persistent context. */
const earlierCookie = { name: 'session', value: 'ada', domain: '127.0.0.1', path: '/form' }

const persistent = (library: Host, browserType: Pick<BrowserType, 'launchPersistentContext'>): Host<PageOpener> => ({
  ...library,
  async launch() {
    const profile = mkdtempSync(`${tmpdir()}/profile-`)
    const earlier = await browserType.launchPersistentContext(profile, launchOptions)
    await earlier.addCookies([{ ...earlierCookie, expires: Date.now() / 1000 + 3600 }])
    await earlier.close()
    const context = await browserType.launchPersistentContext(profile, launchOptions)
    return within(context, async () => {
      await context.close()
      remove(profile)
    })
  },
})

/** Pages that are reused for several tasks. */
function pooled(library: Host): Host<PageOpener> {
  /** With somebody's interception on them. */
  const intercepted = new WeakSet<HostPage>()
  return {
    ...library,
    async intercept(page, decide) {
      intercepted.add(page)
      await library.intercept(page, decide)
    },
    async launch() {
      const browser = await library.launch()
      const idle: HostPage[] = []
      return {
        async newPage() {
          const page = idle.shift() ?? (await browser.newPage()).page
          return {
            page,
            async closeContext() {
              if (!page.isClosed() && !intercepted.has(page) && !idle.includes(page)) idle.push(page)
            },
          }
        },
        close: browser.close,
      }
    },
  }
}

/** Headed, on a virtual screen. */
const headed = (
  library: Host,
  launch: (shown: { headless: false; env: NodeJS.ProcessEnv }) => Promise<PageOpener>,
) => ({
  ...library,
  async launch() {
    const { display, stop } = await startScreen()
    const browser = await launch({ headless: false, env: { ...process.env, DISPLAY: display } })
    return {
      newPage: browser.newPage,
      async close() {
        await browser.close()
        stop()
      },
    }
  },
})

/** Crawlee's pool: with its own fingerprints, and each page in its own context. */
async function openCrawleePool(): Promise<PageOpener> {
  const plugin = new PlaywrightPlugin(chromium, { launchOptions: launchOptions, useIncognitoPages: true })
  const pool = new BrowserPool({ browserPlugins: [plugin], useFingerprints: true })
  return {
    async newPage() {
      const page = await pool.newPage()
      return { page: asHostPage(page), closeContext: () => page.close() }
    },
    close: () => pool.destroy(),
  }
}

const goesBack = 'goes back to the form, and submits the same token again'
/** Playwright disables the back/forward cache only in a Chromium that it launches itself. */
const noWayBack = { [goesBack]: "Playwright's `goBack()` never returns" }
const mayBeLost = { 'JSON of a schema': 'the answer may be lost, or not' }
/** rebrowser's `waitForSelector()` sometimes misses an element that is there, with or without a watch. */
const cannotWait = Object.fromEntries(
  [
    'another token after it, which is accepted',
    'goes to where an acceptance would lead, after a rejection, and intercepts all',
    goesBack,
  ].map((title) => [title, '`waitForSelector()` may not find what is there']),
)
/** Round trips of 150 ms. */
const far = { latency: 75 }
/** Answers like older versions of Chromium, and other browsers with its protocol. */
export const old = { refused: ['Network.configureDurableMessages'] }

export const elsewhere = {
  'cdp-far': connected({ ...playwright, unplayed: noWayBack }, connects.playwright, far),
  'cdp-old': connected({ ...playwright, unplayed: { ...noWayBack, ...mayBeLost } }, connects.playwright, old),
  'puppeteer-far': connected(puppeteer, connects.puppeteer, far),
  'puppeteer-old': connected({ ...puppeteer, unplayed: mayBeLost }, connects.puppeteer, old),
  'playwright-server': {
    ...playwright,
    async launch() {
      const server = await chromium.launchServer(launchOptions)
      const browser = ofPlaywright(await chromium.connect(server.wsEndpoint()))
      return { newPage: browser.newPage, close: () => server.close() }
    },
  },
  'playwright-persistent': persistent(playwright, chromium),
  'patchright-persistent': persistent(hosts.patchright, patchrightChromium as unknown as BrowserType),
  'playwright-extra-persistent': persistent(playwright, addExtra(chromium)),
  'playwright-headed': headed(playwright, async (shown) =>
    ofPlaywright(await chromium.launch({ ...launchOptions, ...shown } as typeof launchOptions)),
  ),
  'puppeteer-headed': headed(puppeteer, async (shown) =>
    ofPuppeteer(await puppeteer25.launch({ ...launchOptions, ...shown } as typeof launchOptions)),
  ),
  'crawlee-incognito': { ...playwright, launch: openCrawleePool },
  'playwright-pool': pooled(playwright),
  'puppeteer-pool': pooled(puppeteer),
  'playwright-firefox': {
    ...playwright,
    library: 'Playwright with Firefox',
    lacks: ['popups'],
    unplayed: {
      ...noWayBack,
      'arms the watch when the request has left': 'only a token tells whose submission it was',
    },
    launch: async () =>
      ofPlaywright(
        (await firefox62.launch({
          channel: 'moz-firefox',
          executablePath: findFirefox() ?? '',
        })) as unknown as PlaywrightBrowser,
      ),
    /** Playwright reports no request bodies there, so a token in a body is not seen. */
    watch: (page, taskId, { token, ...options }: WatchOptions) =>
      playwright.watch(page, taskId, {
        submittedWhen: ({ method }) => method === 'POST',
        ...options,
      } as AdapterOptions),
  },
  'rebrowser-playwright': {
    ...playwright,
    launch: async () => ofPlaywright((await rebrowserChromium.launch(launchOptions)) as unknown as PlaywrightBrowser),
  },
  'rebrowser-puppeteer': {
    ...puppeteer,
    unplayed: cannotWait,
    launch: async () => ofPuppeteer((await rebrowserPuppeteer.launch(launchOptions)) as unknown as Browser),
  },
} satisfies Record<string, Host<PageOpener>>
