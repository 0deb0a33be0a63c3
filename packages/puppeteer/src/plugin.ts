import {
  type AdapterOptions,
  checkOptions,
  type PageNatives,
  type RegotchaFeedback,
  type Watch,
} from '@regotcha-feedback/core'
import type { Page } from 'puppeteer-core'
import { PuppeteerExtraPlugin } from 'puppeteer-extra-plugin'
import { z } from 'zod'
import { withRegotchaFeedback } from './page.ts'

declare module 'puppeteer-core' {
  interface Page {
    /** With the plugin in use: `withRegotchaFeedback` of this page. Returns the watch. */
    regotchaFeedback(taskId: string, options: AdapterOptions<PageNatives<Page>>): Watch
  }
}

/** What every watch of the plugin's pages takes for granted. */
export interface PluginOptions {
  /** Who delivers. Default: one that all watches share, made from `REGOTCHA_CLIENT_KEY` at its first use. */
  readonly feedback?: RegotchaFeedback | undefined
}

const pluginOptions = z.strictObject(
  {
    feedback: z
      .custom<RegotchaFeedback>(
        (value) => typeof value === 'object' && value !== null,
        'a feedback object of createRegotchaFeedback',
      )
      .optional(),
  },
  'an object of options',
)

/** puppeteer-extra looks for hooks among the own methods of a plugin's very class. */
class RegotchaFeedbackPlugin extends PuppeteerExtraPlugin {
  readonly #feedback: RegotchaFeedback | undefined

  constructor(feedback: RegotchaFeedback | undefined) {
    super() // not with our options: it would clone them
    this.#feedback = feedback
  }

  override get name() {
    return 'regotcha-feedback'
  }

  /** The first page is there before `onPageCreated` is called for any. */
  override async onBrowser(browser: { pages?(): Promise<Page[]> }) {
    for (const page of (await browser.pages?.()) ?? []) this.#equip(page)
  }

  override async onPageCreated(page: object) {
    this.#equip(page as Page)
  }

  #equip(page: Page): void {
    const regotchaFeedback: Page['regotchaFeedback'] = (taskId, options) =>
      withRegotchaFeedback(page, taskId, { feedback: this.#feedback, ...options }).feedback
    Object.defineProperty(page, 'regotchaFeedback', { value: regotchaFeedback, configurable: true })
  }
}

/**
 * The plugin for puppeteer-extra: each page gets `page.regotchaFeedback(taskId, options)`.
 * @throws {OptionError} on an unknown option.
 * @example
 * puppeteer.use(regotchaFeedback())
 */
export function regotchaFeedback(options: PluginOptions = {}): PuppeteerExtraPlugin {
  return new RegotchaFeedbackPlugin(checkOptions('regotchaFeedback', pluginOptions, options).feedback)
}
