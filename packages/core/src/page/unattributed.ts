/** Requests that belong to no page yet, such as the first one of a popup. Playwright reports them on the context. */
import { type Audience, hubOf } from './hub.ts'
import { type Emitter, listen, type Network, readable } from './source.ts'

interface Answer<Request> {
  request(): Request
}

/** The chains that began unattributed. By the time of its response, a request may belong to a page. */
const chains = new WeakSet<object>()

/** Listeners for a popup. They skip what the context already reported as unattributed: the popup reports it again. */
export function ofPopup<Request, Response extends Answer<Request>>(
  network: Network<Request, Response>,
  first: (request: Request) => object,
) {
  const isNews = (request: Request) => !chains.has(first(request))
  return {
    request: (its: Request) => isNews(its) && network.request(its, true),
    response: (its: Response) => isNews(its.request()) && network.response(its, true),
    requestfailed: (its: Request) => isNews(its) && network.requestfailed(its, true),
  }
}

/** Reports a context's unattributed requests to a page. Each is checked once, however many pages are watched. */
export function listenToUnattributed<Request>(
  context: Emitter,
  is: (request: Request) => boolean,
  first: (request: Request) => object,
  network: Network<never, never>,
): () => void {
  const hub = hubOf(context)
  const audience = hub.audience ?? openAudience(context, is, first)
  hub.audience = audience
  audience.members = audience.members.concat(network)
  return () => {
    audience.members = audience.members.filter((member) => member !== network)
    if (audience.members.length > 0) return
    hub.audience = undefined
    audience.stop()
  }
}

/** The pages that get the unattributed requests of their context. */
function openAudience<Request>(
  context: Emitter,
  is: (request: Request) => boolean,
  first: (request: Request) => object,
): Audience {
  const tell = (event: keyof Network<never, never>, request: Request, payload: unknown = request) => {
    const chain = first(request)
    if (is(request)) chains.add(chain)
    if (!chains.has(chain)) return
    for (const member of audience.members) readable(() => member[event](payload as never, true))
  }
  const stop = listen(context, {
    request: (request: Request) => tell('request', request),
    response: (response: Answer<Request>) => tell('response', response.request(), response),
    requestfailed: (request: Request) => tell('requestfailed', request),
  })
  const audience: Audience = { members: [], stop }
  return audience
}
