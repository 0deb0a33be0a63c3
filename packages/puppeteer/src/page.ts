import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AdapterOptions,
  armWatch,
  type Dialect,
  type KeptBodies,
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
import { followUrl } from './whereabouts.ts'

/** What we touch of a page of Puppeteer, of any major. */
export interface PuppeteerPage extends PageLike {
  browser(): Pick<PageLike, 'on' | 'off'>
  browserContext(): object
  createCDPSession(): Promise<PuppeteerSession>
  mainFrame(): object
  target(): { url(): string }
  url(): string
}

interface PuppeteerSession extends ProtocolSession, Pick<PageLike, 'on' | 'off'> {}

/** What we touch of a browser or a context. */
export interface PuppeteerBrowser extends Pick<PageLike, 'on' | 'off'> {
  targets(): PuppeteerTarget[]
  newPage(): Promise<unknown>
}

interface PuppeteerTarget {
  type(): string
  page(): Promise<PuppeteerPage | null>
}

export interface PuppeteerRequest extends RequestLike {
  /** The protocol's name of it; not in the library's types. */
  readonly id?: string
  /** The library's own session, of the page or of the frame that sent it. */
  readonly client: Pick<ProtocolSession, 'send'>
  redirectChain(): PuppeteerRequest[]
  hasPostData(): boolean
  fetchPostData(): Promise<string | undefined>
}

interface PuppeteerResponse extends ResponseLike<PuppeteerRequest> {
  buffer(): Promise<Uint8Array>
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
      if (target.type() !== 'page') return
      target.page().then(
        (page) => page && opened(source(page)),
        () => {}, // It is gone already.
      )
    }
    const stop = listen(place, { targetcreated: lookInto })
    for (const target of place.targets()) lookInto(target)
    return stop
  },
})

const dialect: Dialect<PuppeteerPage, PuppeteerRequest, PuppeteerResponse> = {
  crash: 'error',
  session: (page) => page.createCDPSession(),
  // One array that all requests of a chain share; it is empty until there was a redirect.
  first: (request) => request.redirectChain()[0] ?? request,
  lateBody: (request) => (request.hasPostData() ? () => request.fetchPostData() : undefined),
  bytes: readBody,
  attend(page, observer) {
    const bodies = keepBodiesOf(page)
    // A browser that is killed, or disconnected from, closes no page.
    const stopBrowser = listen(page.browser(), { disconnected: () => observer.ended('page-closed') })
    const whereabouts = followUrl(page, observer)
    return {
      ...whereabouts,
      loaded: bodies.loaded,
      stop() {
        bodies.stop()
        stopBrowser()
        whereabouts.stop()
      },
    }
  },
}

const source = (page: PuppeteerPage) => pageSource(page, dialect)

/** The browser attaches a session of a frame of another site to that of its page, or of its parent. */
function keepBodiesOf(page: PuppeteerPage): KeptBodies {
  const bodies = keepBodies()
  const withFrames = (open: () => Promise<PuppeteerSession>) =>
    bodies.of(async () => {
      const session = await open()
      session.on('sessionattached', (frame: PuppeteerSession) => withFrames(async () => frame))
      void session.send('Target.setAutoAttach', autoAttach).catch(() => {})
      return session
    })
  withFrames(() => page.createCDPSession())
  return bodies
}

const autoAttach = { autoAttach: true, waitForDebuggerOnStart: false, flatten: true, filter: [{ type: 'iframe' }] }

/** When to ask for a body that Puppeteer itself does not come by, in ms one after another. */
const patience = [0, 150, 400, 1000, 2000]

/**
 * Puppeteer waits until the page has read the body, which a page that goes by the status alone never does. The
 * protocol has it all the same, once it is complete. Asked only in the library's own session: in another one of the same
 * page, Chromium 156 crashes when a prerendered page is just taking over.
 */
async function readBody(response: PuppeteerResponse): Promise<Uint8Array> {
  const own = response.buffer()
  own.catch(() => {})
  try {
    return await Promise.race([
      own,
      sleep(500, undefined, { ref: false }).then(() => Promise.reject(new Error('late'))),
    ])
  } catch {
    for (const ms of patience) {
      await sleep(ms, undefined, { ref: false })
      try {
        const { id: requestId, client } = response.request()
        const { body, base64Encoded } = await client.send('Network.getResponseBody', { requestId })
        return Buffer.from(body, base64Encoded ? 'base64' : 'utf8')
      } catch (error) {
        // The browser answers so while the body is not complete; Firefox has no such session, a closed page none any more.
        if (!(error instanceof Error) || error.name !== 'ProtocolError') break
      }
    }
    return own
  }
}
