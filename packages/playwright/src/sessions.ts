/** Protocol sessions with a Playwright page, in which Chromium keeps the bodies that the page receives. */
import {
  type Instrumentation,
  keepBodies,
  type PageLike,
  type ProtocolSession,
  type RequestLike,
  type ResponseLike,
  readable,
  readBody,
  unlisted,
} from '@regotcha-feedback/core/adapter'

/** The members of a page of Playwright, or of a fork, that we use. */
export interface PlaywrightPage extends PageLike {
  context(): Pick<PageLike, 'on' | 'off'> & {
    // biome-ignore lint/suspicious/noExplicitAny: a page or frame of the user's own version of the library
    newCDPSession(page: any): Promise<PlaywrightSession>
    browser(): { browserType(): { name(): string } } | null
  }
  frames(): readonly PlaywrightFrame[]
}

interface PlaywrightFrame {
  url(): string
  parentFrame(): PlaywrightFrame | null
}

interface PlaywrightSession extends ProtocolSession {
  detach(): Promise<void>
}

export interface PlaywrightRequest extends RequestLike {
  allHeaders(): Promise<Record<string, string>>
  redirectedFrom(): PlaywrightRequest | null
  serviceWorker?(): object | null
}

export interface PlaywrightResponse extends ResponseLike<PlaywrightRequest> {
  allHeaders(): Promise<Record<string, string>>
  body(): Promise<Uint8Array>
  fromServiceWorker(): boolean
  serverAddr(): Promise<object | null>
}

/** The protocol's description of a frame and its descendants that share its renderer. */
interface FrameTree {
  readonly frame: { readonly url: string }
  readonly childFrames?: readonly FrameTree[]
}

/** Starts the page's instrumentation, see {@link PageSessions}. */
export const instrument = (page: PlaywrightPage) => new PageSessions(page)

const ask = (session: ProtocolSession, method: string, params?: object) =>
  unlisted(session, () => session.send(method, params))

const bodies = keepBodies(ask)

type Session = Promise<PlaywrightSession | undefined>

/** Other browsers have no such sessions. */
const noSession: Session = Promise.resolve(undefined)

/**
 * Playwright's own sessions are not accessible, so the page gets another one, and so does each frame with its own
 * renderer. On each navigation of a frame, the frame trees show which kind it is: a frame without its own renderer is in
 * the frame tree of an ancestor's session.
 */
class PageSessions implements Instrumentation<PlaywrightRequest, PlaywrightResponse> {
  readonly #page: PlaywrightPage
  #main: Session = noSession
  /** Those of the other frames, if the page has any. */
  #frames: Map<object, Session> | undefined
  #isStopped: boolean = false

  constructor(page: PlaywrightPage) {
    this.#page = page
    if (!(readable(() => isChromium(page)) ?? true)) return
    this.#main = orNone(this.#open(page))
    readable(() => {
      for (const frame of page.frames()) this.navigated(frame)
    })
  }

  navigated(frame: object): void {
    const its = frame as PlaywrightFrame
    if (!its.parentFrame()) return
    this.#frames ??= new Map()
    this.#frames.set(its, orNone(this.#ownSessionOf(its, this.#frames.get(its))))
  }

  release(request: PlaywrightRequest): void {
    this.#sessionOf(request.frame() as PlaywrightFrame)
      .then((session) => session && bodies.release(session))
      .catch(() => {})
  }

  read(response: PlaywrightResponse): Promise<Uint8Array> {
    const own = response.body()
    let isLost = false
    own.catch(() => {
      isLost = true
    })
    return readBody(own, async () => {
      const session = await this.#sessionOf(response.request().frame() as PlaywrightFrame)
      if (isLost || !session || !bodies.isKept(session)) throw new Error('there is nobody else to ask')
      return received(response)
    })
  }

  async session(): Promise<ProtocolSession | undefined> {
    const session = await this.#main
    return session && { send: (method, params) => ask(session, method, params) }
  }

  stop(): void {
    this.#isStopped = true
    for (const opening of [this.#main, ...(this.#frames?.values() ?? [])])
      opening.then((session) => session && unlisted(session, () => session.detach())).catch(() => {})
  }

  async #open(of: PlaywrightPage | PlaywrightFrame): Promise<PlaywrightSession | undefined> {
    const context = this.#page.context()
    const session = await unlisted(context, () => context.newCDPSession(of))
    if (!this.#isStopped) bodies.keep(session)
    return session
  }

  /** The session of the frame's renderer. */
  async #sessionOf(frame: PlaywrightFrame): Promise<PlaywrightSession | undefined> {
    const parent = frame.parentFrame()
    return parent ? ((await this.#frames?.get(frame)) ?? this.#sessionOf(parent)) : this.#main
  }

  async #ownSessionOf(frame: PlaywrightFrame, before?: Session) {
    const own = await before
    if (own && (await frameTreeOf(own))) return own
    const parent = frame.parentFrame()
    const url = frame.url()
    const shared = parent && /^https?:/.test(url) ? await this.#sessionOf(parent) : undefined
    const tree = shared && (await frameTreeOf(shared))
    const isOwn = tree && !isWithin(tree, url) && frame.url() === url && !this.#isStopped
    return isOwn ? this.#open(frame) : undefined
  }
}

/** `undefined` if the page is closing, or the frame is being removed. */
const orNone = (session: Session): Session => session.catch(() => undefined)

/** Asking another browser would show as an error in the user's trace. */
const isChromium = (page: PlaywrightPage) =>
  (page.context().browser()?.browserType().name() ?? 'chromium') === 'chromium'

const frameTreeOf = (session: PlaywrightSession): Promise<FrameTree | undefined> =>
  ask(session, 'Page.getFrameTree').then(
    ({ frameTree }) => frameTree,
    () => undefined,
  )

const isWithin = ({ frame, childFrames = [] }: FrameTree, url: string): boolean =>
  frame.url === url.split('#', 1)[0] || childFrames.some((child) => isWithin(child, url))

/** Members of Playwright's objects that are not in its types. */
interface Internals {
  readonly _connection?: {
    /** The in-process counterpart of an object; missing if it is in a browser server's process. */
    toImpl?(object: object): { _getResponseBodyCallback?(): Promise<Uint8Array> } | undefined
  }
}

/**
 * The body that `body()` would return if it did not wait for the page to read it; `undefined` while it is incomplete. The
 * public API has no way to ask for it, because it has no request ids.
 */
async function received(response: object): Promise<Uint8Array | undefined> {
  const ask = (response as Internals)._connection?.toImpl?.(response)
  if (!ask?._getResponseBodyCallback) throw new Error('the response is in another process')
  return ask._getResponseBodyCallback().catch(() => undefined)
}
