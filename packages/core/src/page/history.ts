import { setTimeout as sleep } from 'node:timers/promises'
import type { ProtocolSession } from './durable-bodies.ts'
import { withoutHash } from './url.ts'

/** When to look, in ms one after another: a page is in the history once it shows, and while it takes over nobody answers. */
const patience = [0, 50, 150, 300, 400]

interface History {
  readonly currentIndex: number
  readonly entries: readonly { readonly url: string; readonly transitionType: string }[]
}

/**
 * How the browser came to a page, as its history has it: `typed` when it was told to go there, `link` or `form_submit`
 * when a page did so, `reload`; `back` where the page was left and is shown again. `undefined` when it is not shown, or
 * the history can't be asked.
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
    } catch (error) {
      // Firefox, where Puppeteer has no protocol to ask.
      if (error instanceof Error && error.name === 'UnsupportedOperation') return undefined
    }
  }
  return undefined
}
