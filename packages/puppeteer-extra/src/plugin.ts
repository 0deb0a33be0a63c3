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

// Users with only one of the libraries could not compile the declarations for the others.
// biome-ignore lint/suspicious/noTsIgnore: here it is found
/** @ts-ignore */
declare module 'puppeteer-core' {
  interface Page {
    /** With the plugin in use: `withRegotchaFeedback` of this page, with the plugin's options as default. */
    regotchaFeedback: (taskId: string, options?: PageOptions<PageNatives<Page>>) => Page & { readonly feedback: Watch }
  }
}

// Before Puppeteer 24.19 this interface is separate; since then it is the same as the one above.
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
 * With `acceptedWhen`, `sites` or a client that has `sites`, every captcha that puppeteer-extra-plugin-recaptcha solves
 * with Regotcha is watched.
 */
// biome-ignore lint/suspicious/noExplicitAny: one plugin serves the pages of either library
export interface PluginOptions extends LookoutOptions<any> {
  /** The client that delivers. Default: one that all watches share, created from `REGOTCHA_CLIENT_KEY`. */
  readonly feedback?: RegotchaFeedback | undefined
  /** The id of the recaptcha plugin's provider whose solutions are Regotcha tasks. Default: `regotcha`. */
  readonly provider?: string | undefined
}

/** How to infer the verdict of one page, and which client delivers it. Default: the plugin's options. */
export interface PageOptions<N extends Natives = Natives> extends PlaceOptions<N>, SubmissionOptions {}

const pluginOptions = lookoutOptions.safeExtend({
  feedback: feedbackObject(),
  provider: z.string('the id of a provider').min(1, 'the id of a provider').default('regotcha'),
})

type Options = z.output<typeof pluginOptions>

/** puppeteer-extra finds hooks only among the methods of a plugin's own class, not of a base class. */
class RegotchaFeedbackPlugin extends PuppeteerExtraPlugin {
  readonly #options: Options
  /** Why the recaptcha plugin's solutions are not watched. */
  #obstacle: string | undefined = 'regotchaFeedback: expected `acceptedWhen` or `sites`, got neither'
  #solved = 0
  readonly #warned = new Set<string>()
  readonly #awaitSolutions = beforeEntering((solved) => this.#entering(solved))

  constructor(options: Options) {
    super() // without our options, because it would clone them
    this.#options = options
    void this.#feedback // throws at once if the key is missing
  }

  /** Read on each use, because the shared client is another one after it was closed at the end of a crawl. */
  get #feedback(): RegotchaFeedback | undefined {
    const { feedback, acceptedWhen, sites } = this.#options
    return feedback ?? (acceptedWhen || sites ? sharedRegotchaFeedback() : undefined)
  }

  override get name() {
    return 'regotcha-feedback'
  }

  /** The first page exists before `onPageCreated` is called. */
  override async onBrowser(browser: Browser) {
    if (browser.contexts) {
      for (const context of browser.contexts()) await this.onContextCreated(context)
    } else {
      this.#lookOut((options) => withPuppeteer(browser as PuppeteerBrowser, options))
      for (const page of (await browser.pages?.()) ?? []) this.#equip(page)
    }
  }

  /** Called by playwright-extra only. */
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
    if (provider !== ours) {
      if (this.#solved === 0)
        this.#warn(`solutions of ${provider} are not watched, only those of ${ours}: see \`provider\``)
      return
    }
    this.#solved++
    try {
      if (this.#obstacle) this.#warn(`what ${ours} solves is not watched: ${this.#obstacle}`)
      else this.#feedback?.solved({ taskId: taskId as string, token })
    } catch (error) {
      this.#warn(`a solution of ${ours} is not watched: its \`providerCaptchaId\` must be the task's id: ${error}`)
    }
  }

  #warn(sentence: string): void {
    if (this.#warned.has(sentence)) return
    this.#warned.add(sentence)
    process.emitWarning(`regotcha-feedback: ${sentence}`)
  }
}

/** playwright-extra's page: a proxy that imitates Puppeteer's page. */
interface PlaywrightExtraPage extends PlaywrightPage {
  mainFrame(): { page(): PlaywrightExtraPage }
}

type AnyPage = PuppeteerPage | PlaywrightExtraPage

const isOfPlaywright = (page: AnyPage): page is PlaywrightExtraPage => 'context' in page

/** Puppeteer's page, or playwright-extra's proxy of a Playwright page. */
interface Browser {
  pages?(): Promise<PuppeteerPage[]>
  contexts?(): PlaywrightContext[]
}

/**
 * The plugin for puppeteer-extra and playwright-extra. It watches every captcha that puppeteer-extra-plugin-recaptcha solves
 * with Regotcha, and gives each page the method `page.regotchaFeedback(taskId, options)`.
 * @throws {OptionError} on a wrong option, and if there are predicates but no key.
 * @example
 * puppeteer.use(regotchaFeedback({ acceptedWhen: url('**\/dashboard') }))
 */
export function regotchaFeedback(options: PluginOptions = {}): PuppeteerExtraPlugin {
  return new RegotchaFeedbackPlugin(checkOptions('regotchaFeedback', pluginOptions, options))
}
