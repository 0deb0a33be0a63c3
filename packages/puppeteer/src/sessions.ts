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

/**
 * Bodies are kept in our own sessions, because a session that starts to keep bodies loses those still in transfer, for the
 * user's code, too. They are read in the library's sessions, because Chromium 156 crashes if another session reads a body
 * while a prerendered page is activated.
 */
export function instrument(page: PuppeteerPage): Instrumentation<PuppeteerRequest, PuppeteerResponse> {
  const twins = twinSessions(page)
  const bodies = keepBodies(async (session, ...command) =>
    (await twins.of(session as PuppeteerSession)).send(...command),
  )
  const keep = (of: object) => {
    const session = sessionOf(of)
    if (session) bodies.keep(session)
  }
  readable(() => page.frames().forEach(keep))
  return {
    // A frame of another site, or a prerendered page, has its own session from its first request on.
    requested: keep,
    navigated: keep,
    release(request) {
      const session = sessionOf(request)
      if (session) bodies.release(session)
    },
    read(response) {
      const { id: requestId } = response.request()
      const session = sessionOf(response.request())
      return readBody(response.buffer(), async () => {
        if (!session || !bodies.isKept(session)) throw new Error('the browser keeps no bodies')
        const { body, base64Encoded } = await session.send('Network.getResponseBody', { requestId }).catch(refused)
        return body === undefined ? undefined : Buffer.from(body, base64Encoded ? 'base64' : 'utf8')
      })
    },
    session: async () => sessionOf(page.mainFrame()),
    stop: twins.stop,
  }
}

/**
 * One of our sessions for each of the library's, attached along the same path: browser, tab, page, frame of another site.
 * If a session were attached from the browser directly to the page, Puppeteer's `waitForNavigation()` would never see the
 * activation of a prerendered page.
 */
function twinSessions(page: PuppeteerPage) {
  /** By the library's session, each after its parent. */
  const twins = new Map<PuppeteerSession, Promise<Twin>>()
  let isStopped = false

  function twinOf(session: PuppeteerSession): Promise<Twin> {
    const known = twins.get(session)
    if (known !== undefined) return known
    const parent = session.parentSession?.() ?? session
    const opening = parent === session ? sessionWith(page.browser()) : of(parent)
    const twin = attach(session, opening)
    twins.set(session, twin)
    return twin
  }

  async function of(session: PuppeteerSession): Promise<PuppeteerSession> {
    if (isStopped) throw new Error('the sessions are closed')
    return (await twinOf(session)).session
  }

  return {
    of,
    async stop() {
      isStopped = true
      // A session that loses its parent first would leak in the library.
      for (const twin of [...twins.values()].reverse()) await twin.then(({ detach }) => detach()).catch(() => {})
    },
  }
}

interface Twin {
  readonly session: PuppeteerSession
  detach(): Promise<unknown>
}

async function attach(beside: PuppeteerSession, opening: Promise<PuppeteerSession>): Promise<Twin> {
  const [parent, { targetInfo }] = await Promise.all([opening, beside.send('Target.getTargetInfo')])
  const { sessionId } = await parent.send('Target.attachToTarget', { targetId: targetInfo.targetId, flatten: true })
  const session = parent.connection()?.session(sessionId)
  if (!session) throw new Error('the session is gone already')
  return { session, detach: () => parent.send('Target.detachFromTarget', { sessionId }) }
}

const sessions = new WeakMap<object, Promise<PuppeteerSession>>()

/** One for each browser, never closed: if two are open and one closes, Puppeteer forgets the browser's target. */
function sessionWith(browser: ReturnType<PuppeteerPage['browser']>): Promise<PuppeteerSession> {
  const session = sessions.get(browser) ?? browser.target().createCDPSession()
  sessions.set(browser, session)
  session.catch(() => sessions.delete(browser))
  return session
}

/** The browser refuses while a body is incomplete. A closed session can't be asked. */
function refused(error: unknown): { body?: string; base64Encoded?: boolean } {
  if (error instanceof Error && error.name === 'ProtocolError') return {}
  throw error
}
