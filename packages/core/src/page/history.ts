import { setTimeout as sleep } from 'node:timers/promises'
import type { ProtocolSession } from './durable-bodies.ts'
import { withoutHash } from './url.ts'

/** The delay before each look, in ms. Until a page is shown, the history lacks it, or the browser does not answer. */
const patience = [0, 50, 150, 300, 400]

interface History {
  readonly currentIndex: number
  readonly entries: readonly { readonly url: string; readonly transitionType: string }[]
}

/**
 * How the browser came to a page, according to its history: `typed` if the crawler opened it, `link` or `form_submit`
 * if a page did, `reload`, or `back` if the browser went back to it. `undefined` if the page is not shown, or the
 * history can't be read.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Page/#method-getNavigationHistory
 */
export async function transitionTo(
  url: string,
  session: () => Promise<ProtocolSession | undefined>,
): Promise<string | undefined> {
  for (const ms of patience) {
    await sleep(ms, undefined, { ref: false })
    try {
      const asked = await session()
      if (!asked) return undefined
      const history: History = await asked.send('Page.getNavigationHistory')
      const [shown, ...ahead] = history.entries.slice(history.currentIndex)
      if (shown && withoutHash(shown.url) === withoutHash(url)) return ahead.length > 0 ? 'back' : shown.transitionType
    } catch {
      // The browser does not answer while it replaces the page.
    }
  }
  return undefined
}
