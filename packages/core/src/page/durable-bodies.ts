import { setTimeout as sleep } from 'node:timers/promises'

/** A session of the browser's protocol, as Playwright and Puppeteer have them. */
export interface ProtocolSession {
  // biome-ignore lint/suspicious/noExplicitAny: the libraries know the protocol's methods by name, we use a few
  send(method: any, params?: any): Promise<any>
}

/** For all bodies of a renderer together, and for one, in bytes. What is beyond is dropped by the browser, oldest first. */
const buffers = { maxTotalBufferSize: 16 * 1024 * 1024, maxResourceBufferSize: 8 * 1024 * 1024 }

/** Sends a command in a session. */
type Ask = (session: ProtocolSession, method: string, params?: object) => Promise<unknown>

export interface KeptBodies {
  /** Keeps those of the session's renderer. A second call changes nothing. */
  keep(session: ProtocolSession): void
  /** Keeps no further ones of that renderer. */
  release(session: ProtocolSession): void
  /** Whether the browser keeps them: then its answer is a complete body or none. */
  isKept(session: ProtocolSession): boolean
}

/**
 * Has Chromium keep the bodies that a page received, so that they can be read after it navigated away. Without it, the
 * answer of a login is lost in most cases when the page goes on at once. Browsers that don't know the command lose
 * bodies as ever. It changes nothing that a page could see.
 * @param ask - how commands are sent in a session, or in one of its own beside it.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-configureDurableMessages
 */
export function keepBodies(ask: Ask): KeptBodies {
  const states = new Map<ProtocolSession, 'asked' | 'kept' | 'released'>()
  const configure = async (session: ProtocolSession, limits?: typeof buffers) =>
    ask(session, 'Network.configureDurableMessages', limits)

  return {
    keep(session) {
      if (states.has(session)) return
      states.set(session, 'asked')
      configure(session, buffers).then(
        () => states.get(session) === 'asked' && states.set(session, 'kept'),
        () => states.set(session, 'released'), // There is nothing to undo.
      )
    },
    release(session) {
      const state = states.get(session)
      states.set(session, 'released')
      if (state === undefined || state === 'released') return
      configure(session).catch(() => {}) // The session is gone, and with it what was kept.
    },
    isKept: (session) => states.get(session) === 'kept',
  }
}

/** How long the library's own reading goes first, then when to ask the browser, in ms one after another. */
const ownTime = 150
const patience = [0, 150, 400, 1000, 2000]

/**
 * A body by the library's own reading or by the browser's answer, whichever is there. The libraries wait until the page
 * has read the body, which a page that goes by the status alone never does; the browser has it all the same.
 * @param ask - asks the browser; `undefined` while the body is not complete. Rejects when asking is no use.
 */
export async function readBody(
  own: Promise<Uint8Array>,
  ask: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array> {
  const success = own.catch(() => new Promise<never>(() => {}))
  try {
    const early = await Promise.race([own, pause(ownTime)]).catch(() => undefined)
    if (early) return early
    for (const ms of patience) {
      const body = (await Promise.race([success, pause(ms)])) ?? (await ask())
      if (body) return body
    }
  } catch {
    // What the library comes by is all there is.
  }
  return own
}

const pause = (ms: number) => sleep(ms, undefined, { ref: false })
