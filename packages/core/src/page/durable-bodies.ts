import { setTimeout as sleep } from 'node:timers/promises'

/** A session of the browser's protocol, as Playwright and Puppeteer provide it. */
export interface ProtocolSession {
  // biome-ignore lint/suspicious/noExplicitAny: the libraries know the protocol's methods by name, we use a few
  send(method: any, params?: any): Promise<any>
}

/** In bytes, for all bodies of a renderer and for one. Beyond these limits, the browser drops bodies, oldest first. */
const buffers = { maxTotalBufferSize: 16 * 1024 * 1024, maxResourceBufferSize: 8 * 1024 * 1024 }

/** Sends a command in a session. */
type Ask = (session: ProtocolSession, method: string, params?: object) => Promise<unknown>

/**
 * Makes Chromium keep the bodies that a page receives, so that they can be read after the page navigates away.
 * Otherwise the answer to a login is usually lost if the page navigates at once. Browsers that don't know the command
 * still lose such bodies. A page can't detect this.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-configureDurableMessages
 */
export function keepBodies(ask: Ask) {
  const states = new WeakMap<ProtocolSession, 'asked' | 'kept' | 'released'>()
  const configure = async (session: ProtocolSession, limits?: typeof buffers) =>
    ask(session, 'Network.configureDurableMessages', limits)

  return {
    /** Makes the browser keep the bodies of the session's renderer. A second call changes nothing. */
    keep(session: ProtocolSession): void {
      if (states.has(session)) return
      states.set(session, 'asked')
      configure(session, buffers).then(
        () => states.get(session) === 'asked' && states.set(session, 'kept'),
        () => states.set(session, 'released'), // Nothing is kept, so there is nothing to release.
      )
    },
    /** Stops keeping further bodies of that renderer. */
    release(session: ProtocolSession): void {
      const state = states.get(session)
      states.set(session, 'released')
      if (state === undefined || state === 'released') return
      configure(session).catch(() => {}) // The session is gone, and the kept bodies with it.
    },
    /** Whether the browser keeps the bodies of that renderer. Then it returns a complete body or none. */
    isKept: (session: ProtocolSession): boolean => states.get(session) === 'kept',
  }
}

/** The head start of the library's own read, then the delay before each time the browser is asked, in ms. */
const ownTime = 150
const patience = [0, 150, 400, 1000, 2000]

/**
 * Reads a body through the library or from the browser, whichever has it first. The libraries wait until the page has
 * read the body. A page that checks only the status never reads it, but the browser has it.
 * @param own - the library's own read.
 * @param ask - asks the browser. Returns `undefined` while the body is incomplete. Rejects if asking is pointless.
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
    // The browser can't be asked, so only the library can still provide the body.
  }
  return own
}

const pause = (ms: number) => sleep(ms, undefined, { ref: false })
