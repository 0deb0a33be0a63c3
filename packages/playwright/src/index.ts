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
  type Source,
} from '@regotcha-feedback/core/adapter'
import { instrument, type PlaywrightPage, type PlaywrightRequest, type PlaywrightResponse } from './sessions.ts'

export {
  type AdapterOptions,
  all,
  any,
  type Combinator,
  captchaAgain,
  captchaRefused,
  cookie,
  createRegotchaFeedback,
  type Delivery,
  type Evidence,
  EvidenceError,
  type FeedbackEvents,
  type FlushReport,
  header,
  json,
  type Natives,
  not,
  OptionError,
  type PageNatives,
  type PagesNatives,
  type PlaceOptions,
  type Predicate,
  type Predicates,
  type RegotchaFeedback,
  type RegotchaFeedbackOptions,
  type SentRequest,
  type SiteRule,
  type Solved,
  settled,
  status,
  text,
  type UndecidedReason,
  type UrlPattern,
  url,
  type Verdict,
  visible,
  type Watch,
  type WatchDelivery,
  type WatchOptions,
  type Why,
} from '@regotcha-feedback/core'
export { sharedRegotchaFeedback } from '@regotcha-feedback/core/adapter'

export type { PlaywrightPage }

/** The members of a context that we use. */
export interface PlaywrightContext extends Pick<PageLike, 'on' | 'off'> {
  pages(): PlaywrightPage[]
  newCDPSession: unknown
}

/** The members of a browser that we use. */
export interface PlaywrightBrowser extends Pick<PageLike, 'on' | 'off'> {
  contexts(): PlaywrightContext[]
}

type Place = PlaywrightBrowser | PlaywrightContext

/**
 * Watches a page that submits a CAPTCHA token, infers whether the site accepted the token, and delivers the verdict to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards, nothing throws into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: url('**\/dashboard') })
 */
export function withRegotchaFeedback<P extends PlaywrightPage>(
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
export function withRegotchaFeedback<B extends Place>(
  browser: B,
  options: PlaceOptions<PagesNatives<B>>,
): B & { readonly feedback: RegotchaFeedback }
export function withRegotchaFeedback(
  target: PlaywrightPage | Place,
  second: string | PlaceOptions | undefined,
  options?: AdapterOptions,
): object {
  const library = 'Playwright (Puppeteer has @regotcha-feedback/puppeteer)'
  if ((second === undefined || typeof second === 'object') && !options) {
    const place = target as Place
    const members = isBrowser(place) ? ['on', 'off', 'contexts'] : ['on', 'off', 'pages', 'newCDPSession']
    return lookOut({ place, library, members, sources }, second as PlaceOptions)
  }
  const page = target as PlaywrightPage
  const members = ['on', 'off', 'isClosed', 'context']
  return armWatch({ page, library, members, source }, second as string, options as AdapterOptions)
}

const dialect: Dialect<PlaywrightPage, PlaywrightRequest, PlaywrightResponse> = {
  crash: 'crash',
  first: firstOfChain,
  allHeaders: (told) => told.allHeaders(),
  isOfNetwork: async (response) => !response.fromServiceWorker() && (await response.serverAddr()) !== null,
  unattributed: { emitter: (page) => page.context(), is: isOfNoPageYet },
  instrument,
}

const source = (page: PlaywrightPage) => pageSource(page, dialect)

const isBrowser = (place: PlaywrightBrowser | PlaywrightContext): place is PlaywrightBrowser =>
  'contexts' in Object(place)

const sources = (place: PlaywrightBrowser | PlaywrightContext) => ({
  place,
  observe(opened: (source: Source) => void) {
    const stops: (() => void)[] = []
    const known = new WeakSet<PlaywrightContext>()
    const lookInto = (context: PlaywrightContext) => {
      if (known.has(context)) return
      known.add(context)
      stops.push(listen(context, { page: (page: PlaywrightPage) => opened(source(page)) }))
      for (const page of context.pages()) opened(source(page))
    }
    if (isBrowser(place)) {
      const lookAround = () => place.contexts().forEach(lookInto)
      lookAround()
      stops.push(listen(place, { context: lookInto }))
      // Playwright before 1.60 has no event for new contexts. It lists them in this process, so polling is cheap.
      const timer = setInterval(lookAround, 50).unref()
      stops.push(() => clearInterval(timer))
    } else {
      lookInto(place)
    }
    return () => {
      for (const stop of stops) stop()
    }
  },
})

function firstOfChain(request: PlaywrightRequest): PlaywrightRequest {
  const from = request.redirectedFrom()
  return from ? firstOfChain(from) : request
}

/** Playwright throws if a request has no frame, as in a service worker or a popup that is about to open. */
function isOfNoPageYet(request: PlaywrightRequest): boolean {
  try {
    request.frame()
    return false
  } catch {
    return !request.serviceWorker?.()
  }
}
