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

/**
 * Playwright's own sessions are not accessible, so the page gets another one, and so does each frame with its own
 * renderer. On each navigation of a frame, the frame trees show which kind it is: a frame without its own renderer is in
 * the frame tree of an ancestor's session.
 */
export function instrument(page: PlaywrightPage): Instrumentation<PlaywrightRequest, PlaywrightResponse> {
  const bodies = keepBodies(ask)
  /** By frame; the main frame's session is under the page. */
  const sessions = new Map<object, Promise<PlaywrightSession | undefined>>()
  let isStopped = false

  async function open(of: PlaywrightPage | PlaywrightFrame): Promise<PlaywrightSession | undefined> {
    const context = page.context()
    const session = await unlisted(context, () => context.newCDPSession(of))
    if (!isStopped) bodies.keep(session)
    return session
  }

  /** The session of the frame's renderer. */
  async function sessionOf(frame: PlaywrightFrame): Promise<PlaywrightSession | undefined> {
    const parent = frame.parentFrame()
    return parent ? ((await sessions.get(frame)) ?? sessionOf(parent)) : sessions.get(page)
  }

  async function ownSessionOf(frame: PlaywrightFrame, before?: Promise<PlaywrightSession | undefined>) {
    const own = await before
    if (own && (await frameTreeOf(own))) return own
    const parent = frame.parentFrame()
    const url = frame.url()
    const shared = parent && /^https?:/.test(url) ? await sessionOf(parent) : undefined
    const tree = shared && (await frameTreeOf(shared))
    const isOwn = tree && !isWithin(tree, url) && frame.url() === url && !isStopped
    return isOwn ? open(frame) : undefined
  }

  const note = (frame: object, session: Promise<PlaywrightSession | undefined>) =>
    void sessions.set(
      frame,
      session.catch(() => undefined), // The page is closing, or the frame is being removed.
    )
  const noteFrame = (frame: PlaywrightFrame) => {
    if (frame.parentFrame()) note(frame, ownSessionOf(frame, sessions.get(frame)))
  }

  if (readable(() => isChromium(page)) ?? true) {
    note(page, open(page))
    readable(() => page.frames().forEach(noteFrame))
  }
  return {
    navigated: (frame) => noteFrame(frame as PlaywrightFrame),
    release(request) {
      const release = async () => {
        const session = await sessionOf(request.frame() as PlaywrightFrame)
        if (session) bodies.release(session)
      }
      release().catch(() => {})
    },
    read(response) {
      const own = response.body()
      let isLost = false
      own.catch(() => {
        isLost = true
      })
      return readBody(own, async () => {
        const session = await sessionOf(response.request().frame() as PlaywrightFrame)
        if (isLost || !session || !bodies.isKept(session)) throw new Error('there is nobody else to ask')
        return received(response)
      })
    },
    async session() {
      const session = await sessions.get(page)
      return session && { send: (method) => ask(session, method) }
    },
    stop() {
      isStopped = true
      for (const opening of sessions.values())
        opening.then((session) => session && unlisted(session, () => session.detach())).catch(() => {})
    },
  }
}

/** Other browsers have no such sessions, and asking would show as an error in the user's trace. */
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

const ask = (session: ProtocolSession, method: string, params?: object) =>
  unlisted(session, () => session.send(method, params))

/**
 * The body that `body()` would return if it did not wait for the page to read it; `undefined` while it is incomplete. The
 * public API has no way to ask for it, because it has no request ids.
 */
async function received(response: object): Promise<Uint8Array | undefined> {
  const ask = (response as Internals)._connection?.toImpl?.(response)
  if (!ask?._getResponseBodyCallback) throw new Error('the response is in another process')
  return ask._getResponseBodyCallback().catch(() => undefined)
}
