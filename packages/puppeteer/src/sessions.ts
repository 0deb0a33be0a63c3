/** Protocol sessions in addition to Puppeteer's own, in which Chromium keeps the bodies that a page receives. */
import {
  type Instrumentation,
  keepBodies,
  type ProtocolSession,
  readable,
  readBody,
} from '@regotcha-feedback/core/adapter'
import type { PuppeteerPage, PuppeteerRequest, PuppeteerResponse } from './page.ts'

export interface PuppeteerSession extends ProtocolSession {
  connection(): { session(id: string): PuppeteerSession | null } | undefined
  /** Returns itself if there is no parent. Not in the library's types, and new in Puppeteer 20. */
  parentSession?(): PuppeteerSession | undefined
}

/** An object with one of the library's own sessions: a page, a frame, a request. Not in the library's types. */
interface Client {
  readonly client?: PuppeteerSession
  /** Before Puppeteer 22. */
  _client?(): PuppeteerSession
}

const sessionOf = (of: object) => readable(() => (of as Client).client ?? (of as Client)._client?.())

/** Starts the page's instrumentation, see {@link PageSessions}. */
export const instrument = (page: PuppeteerPage) => new PageSessions(page)

const bodies = keepBodies((session, method, params) => session.send(method, params))

/**
 * Bodies are kept in our own sessions, because a session that starts to keep bodies loses those still in transfer, for the
 * user's code, too. They are read in the library's sessions, because Chromium 156 crashes if another session reads a body
 * while a prerendered page is activated.
 *
 * Each of the library's sessions has one of ours, its twin, attached along the same path: browser, tab, page, frame of
 * another site. If a session were attached from the browser directly to the page, Puppeteer's `waitForNavigation()` would
 * never see the activation of a prerendered page.
 */
class PageSessions implements Instrumentation<PuppeteerRequest, PuppeteerResponse> {
  readonly #page: PuppeteerPage
  /** By the library's session, each after its parent. */
  #twins: Map<PuppeteerSession, Promise<Twin>> | undefined
  #isStopped: boolean = false

  constructor(page: PuppeteerPage) {
    this.#page = page
    readable(() => {
      for (const frame of page.frames()) this.navigated(frame)
    })
  }

  /** A frame of another site, or a prerendered page, has its own session from its first request on. */
  requested(request: PuppeteerRequest): void {
    this.navigated(request)
  }

  navigated(of: object): void {
    const session = sessionOf(of)
    if (session && !this.#isStopped) void this.#twinOf(session)
  }

  release(request: PuppeteerRequest): void {
    this.#ownOf(request)
      .then((own) => own && bodies.release(own))
      .catch(() => {})
  }

  read(response: PuppeteerResponse): Promise<Uint8Array> {
    const { id: requestId } = response.request()
    return readBody(response.buffer(), async () => {
      const own = await this.#ownOf(response.request())
      if (!own || !bodies.isKept(own)) throw new Error('the browser keeps no bodies')
      const session = sessionOf(response.request()) as PuppeteerSession
      const { body, base64Encoded } = await session.send('Network.getResponseBody', { requestId }).catch(refused)
      return body === undefined ? undefined : Buffer.from(body, base64Encoded ? 'base64' : 'utf8')
    })
  }

  session(): Promise<ProtocolSession | undefined> {
    return this.#ownOf(this.#page.mainFrame()).catch(noneIfUnsupported)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    // A session that loses its parent first would leak in the library.
    for (const twin of [...(this.#twins?.values() ?? [])].reverse())
      await twin.then(({ detach }) => detach()).catch(() => {})
  }

  #twinOf(session: PuppeteerSession, isParent = false): Promise<Twin> {
    const known = this.#twins?.get(session)
    if (known !== undefined) return known
    const parent = session.parentSession?.() ?? session
    const opening = parent === session ? sessionWith(this.#page.browser()) : this.#twinOf(parent, true)
    const twin = attach(session, opening)
    this.#twins ??= new Map()
    this.#twins.set(session, twin)
    const keep = ({ session }: Twin) => this.#isStopped || bodies.keep(session)
    if (!isParent) twin.then(keep).catch(() => {}) // The page is closing, or the frame is being removed.
    return twin
  }

  async #ownOf(of: object): Promise<PuppeteerSession | undefined> {
    const session = sessionOf(of)
    return session && (await this.#twins?.get(session))?.session
  }
}

/** Firefox has no DevTools protocol. */
function noneIfUnsupported(error: unknown): undefined {
  if (!(error instanceof Error && error.name === 'UnsupportedOperation')) throw error
}

interface Twin {
  readonly session: PuppeteerSession
  detach(): Promise<unknown>
}

async function attach(beside: PuppeteerSession, opening: Promise<Pick<Twin, 'session'>>): Promise<Twin> {
  const [{ session: parent }, { targetInfo }] = await Promise.all([opening, beside.send('Target.getTargetInfo')])
  const { sessionId } = await parent.send('Target.attachToTarget', { targetId: targetInfo.targetId, flatten: true })
  const session = parent.connection()?.session(sessionId)
  if (!session) throw new Error('the session is gone already')
  return { session, detach: () => parent.send('Target.detachFromTarget', { sessionId }) }
}

const sessions = new WeakMap<object, Promise<Pick<Twin, 'session'>>>()

/** One for each browser, never closed: if two are open and one closes, Puppeteer forgets the browser's target. */
function sessionWith(browser: ReturnType<PuppeteerPage['browser']>): Promise<Pick<Twin, 'session'>> {
  const open = async () => ({ session: await browser.target().createCDPSession() })
  const session = sessions.get(browser) ?? open()
  sessions.set(browser, session)
  session.catch(() => sessions.delete(browser))
  return session
}

/** The browser refuses while a body is incomplete. A closed session can't be asked. */
function refused(error: unknown): { body?: string; base64Encoded?: boolean } {
  if (error instanceof Error && error.name === 'ProtocolError') return {}
  throw error
}
