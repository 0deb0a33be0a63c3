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
import { Whereabouts } from './whereabouts.ts'

/** The members of a Puppeteer page, of any major version, that we use. */
export interface PuppeteerPage extends PageLike {
  browser(): Pick<PageLike, 'on' | 'off'> & { target(): { createCDPSession(): Promise<PuppeteerSession> } }
  browserContext(): object
  frames(): readonly PuppeteerFrame[]
  mainFrame(): PuppeteerFrame
  target(): { url(): string }
  url(): string
}

/**
 * A frame has the session of its renderer: its page's, except for frames of another site. Not in the library's types.
 */
interface PuppeteerFrame {
  url(): string
}

/** The members of a browser or context that we use. */
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
  /** The protocol's id of the request; not in the library's types. */
  readonly id?: string
  redirectChain(): PuppeteerRequest[]
  hasPostData(): boolean
  fetchPostData(): Promise<string | undefined>
}

export interface PuppeteerResponse extends ResponseLike<PuppeteerRequest> {
  buffer(): Promise<Uint8Array>
  fromServiceWorker(): boolean
  /** `ip` is missing if no server was asked. Firefox never reports it, and reports all cookies. */
  remoteAddress(): { readonly ip?: string }
}

/**
 * Watches a page that submits a CAPTCHA token, infers whether the site accepted the token, and delivers the verdict to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards, nothing throws into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: url('**\/dashboard') })
 */
export function withRegotchaFeedback<P extends PuppeteerPage>(
  page: P,
  taskId: string,
  options: AdapterOptions<PageNatives<P>>,
): P & { readonly feedback: Watch }
/**
 * Watches all pages of a browser or context, including those that open later. Announce each token with
 * `feedback.solved({ taskId, token })`: the page that submits it is then watched. Returns the same object, with the client
 * as its `feedback`. While no token is waiting, no listeners are attached.
 * @throws {OptionError} at once, naming each wrong option. Afterwards, nothing throws into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(browser, { acceptedWhen: url('**\/dashboard') })
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
      look().catch(() => {}) // It is already closed.
    }
    const stop = listen(place, { targetcreated: lookInto })
    for (const target of place.targets()) lookInto(target)
    return stop
  },
})

const dialect: Dialect<PuppeteerPage, PuppeteerRequest, PuppeteerResponse> = {
  crash: 'error',
  // All requests of a chain share one array, which is empty until the first redirect.
  first: (request) => request.redirectChain()[0] ?? request,
  isOfNetwork: (response) => response.remoteAddress().ip !== undefined && !readable(() => response.fromServiceWorker()),
  lateBody: (request) => (request.hasPostData() ? async () => request.fetchPostData() : undefined),
  instrument,
  attend: (page, observer) => new Whereabouts(page, observer),
}

const source = (page: PuppeteerPage) => pageSource(page, dialect)
