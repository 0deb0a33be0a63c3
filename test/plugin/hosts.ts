/** puppeteer-extra and playwright-extra, with the recaptcha plugin and ours. */
import type { Watch } from '@regotcha-feedback/core'
import { chromium } from 'playwright'
import { addExtra as addPlaywrightExtra } from 'playwright-extra'
import puppeteer from 'puppeteer'
import { addExtra as addPuppeteerExtra, type VanillaPuppeteer } from 'puppeteer-extra'
import type { PuppeteerExtraPluginRecaptcha } from 'puppeteer-extra-plugin-recaptcha'
import type { regotchaFeedback } from 'puppeteer-extra-plugin-regotcha-feedback'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'

type Recaptcha = PuppeteerExtraPluginRecaptcha

/** The methods that the plugin adds to pages and frames. */
export interface Solving {
  findRecaptchas(): ReturnType<Recaptcha['findRecaptchas']>
  getRecaptchaSolutions(...args: Parameters<Recaptcha['getRecaptchaSolutions']>): Promise<{ solutions: never[] }>
  enterRecaptchaSolutions(solutions: object[]): ReturnType<Recaptcha['enterRecaptchaSolutions']>
  solveRecaptchas(): ReturnType<Recaptcha['solveRecaptchas']>
}

/** The members of a page that the tests use; both libraries have them. */
export interface ExtraPage extends Solving {
  goto(url: string): Promise<unknown>
  click(selector: string): Promise<void>
  waitForSelector(selector: string): Promise<unknown>
  evaluate(script: string): Promise<unknown>
  frames(): (Solving & { url(): string; click(selector: string): Promise<void> })[]
  on(event: 'request', listener: (request: { url(): string }) => void): unknown
  close(): Promise<void>
  regotchaFeedback(taskId: string, options?: object): { readonly feedback: Watch }
}

export interface ExtraBrowser {
  newPage(): Promise<ExtraPage>
  close(): Promise<void>
}

type Plugin = Recaptcha | ReturnType<typeof regotchaFeedback>

export const launchOptions = { executablePath: findChromium() ?? '', args: chromiumArgs }

export const hosts: Readonly<Record<string, (plugins: readonly Plugin[]) => Promise<ExtraBrowser>>> = {
  async 'puppeteer-extra'(plugins) {
    const extra = addPuppeteerExtra(puppeteer as unknown as VanillaPuppeteer)
    for (const plugin of plugins) extra.use(plugin)
    return (await extra.launch(launchOptions)) as unknown as ExtraBrowser
  },
  async 'playwright-extra'(plugins) {
    const extra = addPlaywrightExtra(chromium)
    for (const plugin of plugins) extra.use(plugin)
    return (await extra.launch(launchOptions)) as unknown as ExtraBrowser
  },
}
