/** Requests that belong to no page yet, such as that of a popup about to open: Playwright tells them of the context. */
import { hubOf } from './hub.ts'
import { type Emitter, listen, type Network, readable } from './source.ts'

interface Answer<Request> {
  request(): Request
}

/** A popup tells once more of what the context had told as unattributed. */
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

/** Has a page told of what belongs to none of its context's. Which that is is found out once, however many are watched. */
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
