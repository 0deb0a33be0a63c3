import {
  type AdapterOptions,
  armWatch,
  type Dialect,
  keepBodies,
  listen,
  lookOut,
  type PageLike,
  type PageNatives,
  type PagesNatives,
  type PlaceOptions,
  type ProtocolSession,
  pageSource,
  type RegotchaFeedback,
  type RequestLike,
  type ResponseLike,
  type Source,
  type Watch,
} from '@regotcha-feedback/core'

export {
  all,
  any,
  type Combinator,
  captchaAgain,
  captchaRefused,
  cookie,
  createRegotchaFeedback,
  type Evidence,
  header,
  json,
  not,
  OptionError,
  type RegotchaFeedback,
  settled,
  sharedRegotchaFeedback,
  status,
  text,
  url,
  type Verdict,
  visible,
  type Watch,
} from '@regotcha-feedback/core'

/** What we touch of a page of Playwright or of a fork of it. */
export interface PlaywrightPage extends PageLike {
  context(): Pick<PageLike, 'on' | 'off'> & {
    // biome-ignore lint/suspicious/noExplicitAny: a page or frame of the user's own version of the library
    newCDPSession(page: any): Promise<ProtocolSession>
  }
  frames(): readonly PlaywrightFrame[]
}

interface PlaywrightFrame {
  parentFrame(): object | null
}

/** What we touch of a context. */
export interface PlaywrightContext extends Pick<PageLike, 'on' | 'off'> {
  pages(): PlaywrightPage[]
  newCDPSession: unknown
}

/** What we touch of a browser. */
export interface PlaywrightBrowser extends Pick<PageLike, 'on' | 'off'> {
  contexts(): PlaywrightContext[]
}

type Place = PlaywrightBrowser | PlaywrightContext

interface PlaywrightRequest extends RequestLike {
  allHeaders(): Promise<Record<string, string>>
  redirectedFrom(): PlaywrightRequest | null
  serviceWorker?(): object | null
}

/**
 * Watches a page after its CAPTCHA was solved, infers whether the site accepted the token, and delivers that to
 * Regotcha. Call it before the form is submitted. Returns the same page, with the watch as its `feedback`.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your run.
 * @example
 * const { feedback } = withRegotchaFeedback(page, taskId, { token, acceptedWhen: ({ url }) => url.endsWith('/dashboard') })
 */
export function withRegotchaFeedback<P extends PlaywrightPage>(
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
export function withRegotchaFeedback<B extends Place>(
  browser: B,
  options: PlaceOptions<PagesNatives<B>>,
): B & { readonly feedback: RegotchaFeedback }
export function withRegotchaFeedback(
  target: PlaywrightPage | Place,
  second: string | PlaceOptions | undefined,
  options?: AdapterOptions,
): object {
  const library = 'Playwright (Puppeteer has puppeteer-extra-plugin-regotcha-feedback)'
  if ((second === undefined || typeof second === 'object') && !options) {
    const place = target as Place
    const members = isBrowser(place) ? ['on', 'off', 'contexts'] : ['on', 'off', 'pages', 'newCDPSession']
    return lookOut({ place, library, members, sources }, second as PlaceOptions)
  }
  const page = target as PlaywrightPage
  const members = ['on', 'off', 'isClosed', 'context']
  return armWatch({ page, library, members, source }, second as string, options as AdapterOptions)
}

interface PlaywrightResponse extends ResponseLike<PlaywrightRequest> {
  allHeaders(): Promise<Record<string, string>>
  body(): Promise<Uint8Array>
}

const sessionOf = (page: PlaywrightPage, of: PlaywrightPage | PlaywrightFrame = page) =>
  page.context().newCDPSession(of)

const dialect: Dialect<PlaywrightPage, PlaywrightRequest, PlaywrightResponse> = {
  crash: 'crash',
  session: sessionOf,
  first: firstOfChain,
  bytes: (response) => response.body(),
  allHeaders: (told) => told.allHeaders(),
  strays: { emitter: (page) => page.context(), is: isOfNoPageYet },
  attend: keepBodiesOf,
}

const source = (page: PlaywrightPage) => pageSource(page, dialect)

/** A frame is found to be of another site, or not, when it has navigated. */
function keepBodiesOf(page: PlaywrightPage) {
  const bodies = keepBodies()
  const keep = (of: PlaywrightPage | PlaywrightFrame) => bodies.of(() => sessionOf(page, of))
  const keepFrame = (frame: PlaywrightFrame) => {
    if (frame.parentFrame()) keep(frame)
  }
  keep(page)
  page.frames().forEach(keepFrame)
  return { navigated: keepFrame, loaded: bodies.loaded, stop: bodies.stop }
}

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
      // Playwright before 1.60 does not tell of contexts that open. It knows them by heart, so asking costs nothing.
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

/** Playwright throws where a request has no frame: a service worker's, and that of a popup about to open. */
function isOfNoPageYet(request: PlaywrightRequest): boolean {
  try {
    request.frame()
    return false
  } catch {
    return !request.serviceWorker?.()
  }
}
