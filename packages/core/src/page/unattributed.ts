/** Requests that belong to no page yet, such as that of a popup about to open: Playwright tells them of the context. */
import type { ResponseLike } from './page.ts'
import { type Emitter, listen, readable } from './source.ts'

/** What a page listens to of its network. */
export interface Network<Request, Response> {
  request(request: Request, isUnattributed?: boolean): void
  response(response: Response, isUnattributed?: boolean): void
  requestfailed(request: Request, isUnattributed?: boolean): void
}

// biome-ignore lint/suspicious/noExplicitAny: those of any library
type AnyNetwork = Network<any, any>

/** The chains that began as unattributed: by the time that they are answered they have found their page. */
const strayed = new WeakSet<object>()

/** A popup tells once more of what had been told as unattributed. */
export function ofPopup<Request, Response extends ResponseLike<Request>>(
  { request, response, requestfailed }: Network<Request, Response>,
  first: (request: Request) => object,
) {
  const isNews = (request: Request) => !strayed.has(first(request))
  return {
    request: (its: Request) => isNews(its) && request(its, true),
    response: (its: Response) => isNews(its.request()) && response(its, true),
    requestfailed: (its: Request) => isNews(its) && requestfailed(its, true),
  }
}

/** By emitter: who is told of its unattributed, which are found out once, however many watch pages there. */
const audiences = new WeakMap<object, Audience>()

interface Audience {
  members: readonly AnyNetwork[]
  stop(): void
}

export function listenToUnattributed<Request>(
  emitter: Emitter,
  is: (request: Request) => boolean,
  first: (request: Request) => object,
  network: AnyNetwork,
): () => void {
  const audience = audiences.get(emitter) ?? gatherAudience(emitter, is, first)
  audience.members = audience.members.concat(network)
  return () => {
    audience.members = audience.members.filter((member) => member !== network)
    if (audience.members.length > 0) return
    audience.stop()
    if (audiences.get(emitter) === audience) audiences.delete(emitter)
  }
}

function gatherAudience<Request>(
  emitter: Emitter,
  is: (request: Request) => boolean,
  first: (request: Request) => object,
): Audience {
  const tell = (event: keyof AnyNetwork, request: Request, payload: unknown) => {
    const chain = first(request)
    if (is(request)) strayed.add(chain)
    if (!strayed.has(chain)) return
    for (const member of audience.members) readable(() => member[event](payload, true))
  }
  const stop = listen(emitter, {
    request: (request: Request) => tell('request', request, request),
    response: (response: ResponseLike<Request>) => tell('response', response.request(), response),
    requestfailed: (request: Request) => tell('requestfailed', request, request),
  })
  const audience: Audience = { members: [], stop }
  audiences.set(emitter, audience)
  return audience
}
