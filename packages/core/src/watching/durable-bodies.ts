/** A session of the browser's protocol, as Playwright and Puppeteer hand it out. */
export interface ProtocolSession {
  // biome-ignore lint/suspicious/noExplicitAny: the libraries know the protocol's methods by name, we use a few
  send(method: any, params?: any): Promise<any>
  detach(): Promise<void>
}

/** For all bodies of a page together, and for one. What is beyond is dropped by the browser, oldest first. */
const buffers = { maxTotalBufferSize: 16 * 1024 * 1024, maxResourceBufferSize: 8 * 1024 * 1024 }

/** Asked such that no code of the page's can run, not even a getter of its own. While it loads, it may yet tell. */
const charset = {
  expression: `document.readyState === 'loading' || document.characterSet`,
  throwOnSideEffect: true,
  silent: true,
  returnByValue: true,
}

export interface KeptBodies {
  /** Keeps those of one more of the page's renderers: a frame of another site has its own. */
  of(open: () => Promise<ProtocolSession>): void
  /** The page has loaded a document. */
  loaded(): void
  stop(): void
}

/**
 * Has Chromium keep the bodies that a page received, so that they can be read after it navigated away. Without it, the
 * answer of a login is lost in most cases when the page goes on at once. Browsers that don't know the command lose
 * bodies as ever. Chromium hands out what it keeps undecoded, for which the user's own reading is not made: where a page
 * is not UTF-8, none of what comes after it is kept. It changes nothing that a page could see, and ends with the session.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-configureDurableMessages
 */
export function keepBodies(): KeptBodies {
  let opened: readonly Promise<ProtocolSession>[] = []
  const end = (session: Promise<ProtocolSession>) => {
    opened = opened.filter((other) => other !== session)
    session.then((session) => session.detach()).catch(() => {})
  }
  let isStopped = false
  return {
    of(open) {
      if (isStopped) return
      const session = (async () => open())()
      opened = opened.concat(session)
      session
        .then((session) => session.send('Network.configureDurableMessages', buffers))
        .then(() => spareUndecoded(session))
        // Most frames share the page's renderer, and have no session to themselves.
        .catch(() => end(session))
    },
    loaded: () => opened.forEach(spareUndecoded),
    stop() {
      isStopped = true
      opened.forEach(end)
    },
  }
}

async function spareUndecoded(opened: Promise<ProtocolSession>): Promise<void> {
  try {
    const session = await opened
    const { result } = await session.send('Runtime.evaluate', charset)
    if (result.type === 'string' && result.value !== 'UTF-8') await session.send('Network.configureDurableMessages')
  } catch {
    // A session that is gone keeps nothing.
  }
}
