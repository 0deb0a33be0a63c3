import type {
  AdapterOptions,
  LookoutOptions,
  Natives,
  PageNatives,
  PlaceOptions,
  RegotchaFeedback,
  SubmissionOptions,
  Watch,
} from '@regotcha-feedback/core'
import {
  calledAs,
  checkOptions,
  feedbackObject,
  lookoutOptions,
  sharedRegotchaFeedback,
} from '@regotcha-feedback/core/adapter'
import {
  type PlaywrightContext,
  type PlaywrightPage,
  withRegotchaFeedback as withPlaywright,
} from '@regotcha-feedback/playwright'
import {
  type PuppeteerBrowser,
  type PuppeteerPage,
  withRegotchaFeedback as withPuppeteer,
} from '@regotcha-feedback/puppeteer'
import { PuppeteerExtraPlugin } from 'puppeteer-extra-plugin'
import { z } from 'zod'
import { beforeEntering, type Entering } from './recaptcha.ts'

// Whoever has but one of the libraries could not compile what is said of the others.
// biome-ignore lint/suspicious/noTsIgnore: here it is found
/** @ts-ignore */
declare module 'puppeteer-core' {
  interface Page {
    /** With the plugin in use: `withRegotchaFeedback` of this page, with the plugin's options as default. */
    regotchaFeedback: (taskId: string, options?: PageOptions<PageNatives<Page>>) => Page & { readonly feedback: Watch }
  }
}

// Before 24.19 its types are its own; afterwards this says the same of the same interface.
// biome-ignore lint/suspicious/noTsIgnore: as above
/** @ts-ignore */
declare module 'puppeteer' {
  interface Page {
    /** With the plugin in use: `withRegotchaFeedback` of this page, with the plugin's options as default. */
    regotchaFeedback: (taskId: string, options?: PageOptions<PageNatives<Page>>) => Page & { readonly feedback: Watch }
  }
}

// biome-ignore lint/suspicious/noTsIgnore: here it is found
/** @ts-ignore */
declare module 'playwright-core' {
  interface Page {
    /** With the plugin in use: `withRegotchaFeedback` of this page, with the plugin's options as default. */
    regotchaFeedback: (taskId: string, options?: PageOptions<PageNatives<Page>>) => Page & { readonly feedback: Watch }
  }
}

/**
 * With `acceptedWhen`, `sites` or a feedback object that has them, whatever puppeteer-extra-plugin-recaptcha solves by
 * Regotcha is watched.
 */
// biome-ignore lint/suspicious/noExplicitAny: one plugin serves the pages of either library
export interface PluginOptions extends LookoutOptions<any> {
  /** Who delivers. Default: one that all watches share, made from `REGOTCHA_CLIENT_KEY`. */
  readonly feedback?: RegotchaFeedback | undefined
  /** The recaptcha plugin's id of the provider whose solutions are Regotcha's tasks. Default: `regotcha`. */
  readonly provider?: string | undefined
}

/** How to infer the verdict of one page, and who delivers it. Default: as the plugin's. */
export interface PageOptions<N extends Natives = Natives> extends PlaceOptions<N>, SubmissionOptions {}

const pluginOptions = lookoutOptions.safeExtend({
  feedback: feedbackObject(),
  provider: z.string('the id of a provider').min(1, 'the id of a provider').default('regotcha'),
})

type Options = z.output<typeof pluginOptions>

/** puppeteer-extra looks for hooks among the own methods of a plugin's very class. */
class RegotchaFeedbackPlugin extends PuppeteerExtraPlugin {
  readonly #options: Options
  /** Why nothing is watched that the recaptcha plugin solves. */
  #obstacle: string | undefined = 'regotchaFeedback: expected `acceptedWhen` or `sites`, got neither'
  readonly #warned = new Set<string>()
  readonly #awaitSolutions = beforeEntering((solved) => this.#entering(solved))

  constructor(options: Options) {
    super() // not with our options: it would clone them
    this.#options = options
    void this.#feedback // a missing key is told at once
  }

  /** The shared one may be closed at the end of a crawl, and is another in the next. */
  get #feedback(): RegotchaFeedback | undefined {
    const { feedback, acceptedWhen, sites } = this.#options
    return feedback ?? (acceptedWhen || sites ? sharedRegotchaFeedback() : undefined)
  }

  override get name() {
    return 'regotcha-feedback'
  }

  /** The first page is there before `onPageCreated` is called for any. */
  override async onBrowser(browser: Browser) {
    if (browser.contexts) {
      for (const context of browser.contexts()) await this.onContextCreated(context)
    } else {
      this.#lookOut((options) => withPuppeteer(browser as PuppeteerBrowser, options))
      for (const page of (await browser.pages?.()) ?? []) this.#equip(page)
    }
  }

  /** Of playwright-extra alone. */
  async onContextCreated(context: PlaywrightContext) {
    this.#lookOut((options) => withPlaywright(context, options))
    for (const page of context.pages()) this.#equip(page as PlaywrightExtraPage)
  }

  override async onPageCreated(page: object) {
    this.#equip(page as AnyPage)
  }

  #equip(given: AnyPage): void {
    const page = isOfPlaywright(given) ? given.mainFrame().page() : given
    const regotchaFeedback = (taskId: string, options: PageOptions = {}) => {
      const { provider: _, acceptedWhen, rejectedWhen, sites, ...others } = this.#options
      const predicates = options.acceptedWhen || options.sites ? {} : { acceptedWhen, rejectedWhen, sites }
      const all = { ...others, ...predicates, feedback: this.#feedback, ...options } as AdapterOptions
      return calledAs('page.regotchaFeedback', () =>
        isOfPlaywright(page) ? withPlaywright(page, taskId, all) : withPuppeteer(page, taskId, all),
      )
    }
    Object.defineProperty(page, 'regotchaFeedback', { value: regotchaFeedback, configurable: true })
    this.#awaitSolutions(page)
  }

  #lookOut(start: (options: PlaceOptions) => void): void {
    const { provider: _, ...options } = this.#options
    try {
      const feedback = this.#feedback
      if (!feedback) return
      calledAs('regotchaFeedback', () => start({ ...options, feedback }))
      this.#obstacle = undefined
    } catch (error) {
      this.#obstacle = String(error)
    }
  }

  #entering({ provider, taskId, token }: Parameters<Entering>[0]): void {
    const { provider: ours } = this.#options
    if (provider !== ours) return
    try {
      if (this.#obstacle) this.#warn(`what ${ours} solves is not watched: ${this.#obstacle}`)
      else this.#feedback?.solved({ taskId: taskId as string, token })
    } catch (error) {
      this.#warn(`a solution of ${ours} is not watched: its \`providerCaptchaId\` is the task's id: ${error}`)
    }
  }

  #warn(sentence: string): void {
    if (this.#warned.has(sentence)) return
    this.#warned.add(sentence)
    process.emitWarning(`regotcha-feedback: ${sentence}`)
  }
}

/** What playwright-extra hands out: a proxy that plays Puppeteer's page. */
interface PlaywrightExtraPage extends PlaywrightPage {
  mainFrame(): { page(): PlaywrightExtraPage }
}

type AnyPage = PuppeteerPage | PlaywrightExtraPage

const isOfPlaywright = (page: AnyPage): page is PlaywrightExtraPage => 'context' in page

/** Puppeteer's, or what playwright-extra makes of Playwright's. */
interface Browser {
  pages?(): Promise<PuppeteerPage[]>
  contexts?(): PlaywrightContext[]
}

/**
 * The plugin for puppeteer-extra and playwright-extra. What puppeteer-extra-plugin-recaptcha solves by Regotcha is
 * watched with no further code, and each page gets `page.regotchaFeedback(taskId, options)`.
 * @throws {OptionError} on a wrong option, and where there are predicates and no key.
 * @example
 * puppeteer.use(regotchaFeedback({ acceptedWhen: ({ url }) => url.endsWith('/dashboard') }))
 */
export function regotchaFeedback(options: PluginOptions = {}): PuppeteerExtraPlugin {
  return new RegotchaFeedbackPlugin(checkOptions('regotchaFeedback', pluginOptions, options))
}
