import type {
  AdapterOptions,
  PageNatives,
  PagesNatives,
  PlaceOptions,
  RegotchaFeedback,
  Watch,
} from '@regotcha-feedback/core'
import {
  armWatch,
  type Dialect,
  listen,
  lookOut,
  type PageLike,
  pageSource,
  type RequestLike,
  type ResponseLike,
  readable,
  type Source,
} from '@regotcha-feedback/core/adapter'
import { instrument, type PuppeteerSession } from './sessions.ts'
import { followUrl } from './whereabouts.ts'

/** What we touch of a page of Puppeteer, of any major. */
export interface PuppeteerPage extends PageLike {
  browser(): Pick<PageLike, 'on' | 'off'> & { target(): { createCDPSession(): Promise<PuppeteerSession> } }
  browserContext(): object
  frames(): readonly PuppeteerFrame[]
  mainFrame(): PuppeteerFrame
  target(): { url(): string }
  url(): string
}

/** A frame has the session of its renderer, which is its page's but for frames of another site; not in the library's types. */
interface PuppeteerFrame {
  url(): string
}

/** What we touch of a browser or a context. */
export interface PuppeteerBrowser extends Pick<PageLike, 'on' | 'off'> {
  targets(): PuppeteerTarget[]
  newPage(): Promise<unknown>
}

interface PuppeteerTarget {
  type(): string
  url(): string
  page(): Promise<PuppeteerPage | null>
}

export interface PuppeteerRequest extends RequestLike {
  /** The protocol's name of it; not in the library's types. */
  readonly id?: string
  redirectChain(): PuppeteerRequest[]
  hasPostData(): boolean
  fetchPostData(): Promise<string | undefined>
}

export interface PuppeteerResponse extends ResponseLike<PuppeteerRequest> {
  buffer(): Promise<Uint8Array>
  fromServiceWorker(): boolean
  /** `ip` is missing where nobody was asked; Firefox tells none of all, and all cookies. */
  remoteAddress(): { readonly ip?: string }
}

/**
 * Watches a page after its CAPTCHA was solved, infers whether the site accepted the token, and delivers that to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: ({ url }) => url.endsWith('/dashboard') })
 */
export function withRegotchaFeedback<P extends PuppeteerPage>(
  page: P,
  taskId: string,
  options: AdapterOptions<PageNatives<P>>,
): P & { readonly feedback: Watch }
/**
 * Looks out on all pages of a browser or context, those that open later too: whichever submits the token of a task that
 * `feedback.solved({ taskId, token })` told of is watched as by the call with a page. Returns the same object, with who
 * delivers as its `feedback`. Nothing is listened to while no token waits.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(browser, { acceptedWhen: ({ url }) => url.endsWith('/dashboard') })
 * feedback.solved({ taskId, token })
 */
export function withRegotchaFeedback<B extends PuppeteerBrowser>(
  browser: B,
  options: PlaceOptions<PagesNatives<B>>,
): B & { readonly feedback: RegotchaFeedback }
export function withRegotchaFeedback(
  target: PuppeteerPage | PuppeteerBrowser,
  second: string | PlaceOptions | undefined,
  options?: AdapterOptions,
): object {
  const library = 'Puppeteer (Playwright has @regotcha-feedback/playwright)'
  if ((second === undefined || typeof second === 'object') && !options) {
    const place = target as PuppeteerBrowser
    return lookOut({ place, library, members: ['on', 'off', 'targets', 'newPage'], sources }, second as PlaceOptions)
  }
  const page = target as PuppeteerPage
  const members = ['on', 'off', 'isClosed', 'browserContext']
  return armWatch({ page, library, members, source }, second as string, options as AdapterOptions)
}

const sources = (place: PuppeteerBrowser) => ({
  place,
  observe(opened: (source: Source) => void) {
    const lookInto = (target: PuppeteerTarget) => {
      if (readable(() => target.type()) !== 'page') return
      const look = async () => {
        const page = await target.page()
        if (page) opened(source(page))
      }
      look().catch(() => {}) // It is gone already.
    }
    const stop = listen(place, { targetcreated: lookInto })
    for (const target of place.targets()) lookInto(target)
    return stop
  },
})

const dialect: Dialect<PuppeteerPage, PuppeteerRequest, PuppeteerResponse> = {
  crash: 'error',
  // One array that all requests of a chain share; it is empty until there was a redirect.
  first: (request) => request.redirectChain()[0] ?? request,
  isOfNetwork: (response) => response.remoteAddress().ip !== undefined && !readable(() => response.fromServiceWorker()),
  lateBody: (request) => (request.hasPostData() ? async () => request.fetchPostData() : undefined),
  instrument,
  attend(page, observer) {
    // A browser that is killed, or disconnected from, closes no page.
    const stopBrowser = listen(page.browser(), { disconnected: () => observer.ended('page-closed') })
    const whereabouts = followUrl(page, observer)
    return {
      ...whereabouts,
      stop() {
        stopBrowser()
        whereabouts.stop()
      },
    }
  },
}

const source = (page: PuppeteerPage) => pageSource(page, dialect)
