/** Requests that belong to no page yet, such as the first one of a popup. Playwright reports them on the context. */
import { hubOf } from './hub.ts'
import { type Emitter, listen, type Network, readable } from './source.ts'

interface Answer<Request> {
  request(): Request
}

/** Listeners for a popup. They skip what the context already reported as unattributed: the popup reports it again. */
export function ofPopup<Request, Response extends Answer<Request>>(
  network: Network<Request, Response>,
  first: (request: Request) => object,
  context: object | undefined,
) {
  const isNews = (request: Request) => !(context && hubOf(context).unattributed?.chains.has(first(request)))
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
  hub.unattributed ??= { members: [], chains: new WeakSet(), stop() {} }
  const audience = hub.unattributed
  if (audience.members.length === 0) {
    const tell = (event: keyof typeof network, request: Request, payload: unknown) => {
      const chain = first(request)
      if (is(request)) audience.chains.add(chain)
      if (!audience.chains.has(chain)) return
      for (const member of audience.members) readable(() => member[event](payload as never, true))
    }
    audience.stop = listen(context, {
      request: (request: Request) => tell('request', request, request),
      response: (response: Answer<Request>) => tell('response', response.request(), response),
      requestfailed: (request: Request) => tell('requestfailed', request, request),
    })
  }
  audience.members = audience.members.concat(network)
  return () => {
    audience.members = audience.members.filter((member) => member !== network)
    if (audience.members.length === 0) audience.stop()
  }
}
