/** A session of the browser's protocol, as Playwright and Puppeteer hand it out. */
export interface ProtocolSession {
  // biome-ignore lint/suspicious/noExplicitAny: the libraries know the protocol's methods by name, we use two
  send(method: any, params?: any): Promise<any>
  detach(): Promise<void>
}

/** For all bodies of a page together, and for one. What is beyond is dropped by the browser, oldest first. */
const buffers = { maxTotalBufferSize: 16 * 1024 * 1024, maxResourceBufferSize: 8 * 1024 * 1024 }

/**
 * Has Chromium keep the bodies that a page received, so that they can be read after it navigated away. Without it, the
 * answer of a login is lost in most cases when the page goes on at once. Browsers that don't know the command lose
 * bodies as ever. It changes nothing that a page could see, and ends with the session.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Network/#method-configureDurableMessages
 */
export function keepBodies(open: () => Promise<ProtocolSession>): {
  readonly session: Promise<ProtocolSession>
  stop(): void
} {
  const opened = (async () => open())()
  const session = opened.then(async (session) => {
    await session.send('Network.configureDurableMessages', buffers)
    return session
  })
  session.catch(() => {})
  return { session, stop: () => void opened.then((session) => session.detach()).catch(() => {}) }
}
