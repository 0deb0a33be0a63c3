/** An adapter for a library that has none: here Firefox over WebDriver BiDi, by a client of a few lines. */
import {
  type AdapterOptions,
  armWatch,
  type ObservedRequest,
  type Observer,
  readable,
  systemClock,
  withBodies,
} from '@regotcha-feedback/core/adapter'
import { type Message, openTab, type Tab } from './bidi-tab.ts'
import { finish, loginPage, solve } from './surroundings.ts'

export const withRegotchaFeedback = (tab: Tab, taskId: string, options: AdapterOptions) =>
  armWatch({ page: tab, library: 'bidi-tab', members: ['send', 'subscribe'], source: sourceOf }, taskId, options)

const sourceOf = (tab: Tab) => ({
  page: tab,
  url: () => tab.url,
  observe: (observer: Observer) => tab.subscribe(translating(tab, withBodies(observer, systemClock))),
})

/** Tells the protocol's events in core's words. What it is not sure of it leaves out. */
function translating(tab: Tab, observer: Observer): (event: Message) => void {
  // The same thing must be the same object each time.
  const chains = new Map<string, object>()
  const requests = new Map<string, ObservedRequest>()
  const frames = new Map<string, object>()
  const once = <T>(known: Map<string, T>, id: string, make: () => T) => {
    const found = known.get(id) ?? make()
    known.set(id, found)
    return found
  }

  const requestOf = ({ request, redirectCount, context, navigation }: Message) =>
    once(requests, `${request.request} ${redirectCount}`, () => ({
      chain: once(chains, request.request, () => ({})),
      url: request.url,
      method: request.method,
      resourceType: request.destination || 'fetch',
      headers: plain(request.headers),
      body: undefined,
      lateBody: request.bodySize ? () => dataOf('request', request.request) : undefined,
      frame: context ? once(frames, context, () => ({})) : undefined,
      isNavigation: navigation !== null,
      isUnattributed: context === null,
      native: {},
    }))

  async function dataOf(dataType: 'request' | 'response', request: string): Promise<string> {
    const { bytes } = await tab.send('network.getData', { dataType, request })
    return bytes.type === 'base64' ? Buffer.from(bytes.value, 'base64').toString() : bytes.value
  }

  const navigated = ({ context, url }: Message) =>
    observer.navigated({
      frame: once(frames, context, () => ({})),
      isMainFrame: context === tab.context,
      url,
      native: undefined,
    })

  const told: Record<string, (event: Message) => void> = {
    'network.beforeRequestSent': (event) => observer.request(requestOf(event)),
    'network.responseCompleted': (event) =>
      observer.response({
        request: requestOf(event),
        url: event.response.url,
        status: event.response.status,
        headers: plain(event.response.headers),
        text: () => dataOf('response', event.request.request),
        native: event.response,
      }),
    'network.fetchError': (event) => observer.failed(requestOf(event)),
    'browsingContext.navigationCommitted': navigated,
    'browsingContext.fragmentNavigated': navigated,
    'browsingContext.historyUpdated': navigated,
    'browsingContext.contextDestroyed': ({ context }) => {
      if (context === tab.context) observer.ended('page-closed')
    },
  }
  // What goes wrong here must not reach the library.
  return ({ method, params }) => readable(() => told[method]?.(params))
}

const plain = (headers: readonly Message[]) =>
  Object.fromEntries(
    [...Map.groupBy(headers, ({ name }) => name.toLowerCase())].map(([name, all]) => [
      name,
      all.map(({ value }) => value.value).join(name === 'set-cookie' ? '\n' : ', '),
    ]),
  )

const tab = await openTab()
for (const valid of [true, false]) {
  await tab.goto(loginPage)
  const { taskId, token } = await solve({ valid })
  const { feedback } = withRegotchaFeedback(tab, taskId, {
    token,
    acceptedWhen: ({ url }) => new URL(url).pathname.endsWith('/dashboard'),
    rejectedWhen: async ({ text }) => /wrong captcha/i.test(await text()),
  })
  await tab.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = '${token}'`)
  await tab.evaluate(`document.querySelector('button[type=submit]').click()`)
  console.log(String(await feedback.verdict))
  await feedback.delivery
}
await tab.close()
await finish()
