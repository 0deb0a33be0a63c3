import type { Clock } from '../clock.ts'
import { type ObservedRequest, type Observer, readable } from './source.ts'

/** How long to wait for a body, in ms. An idle browser that has the body answers in 3 to 160 ms. */
const limit = 5_000

/**
 * Passes facts on in their order, each request with its body. While the library fetches a body, later facts wait, so
 * that no response overtakes its request.
 */
export function withBodies(observer: Observer, clock: Clock): Observer {
  /** The facts that wait for a body; `undefined` if none is being fetched. */
  let waiting: (() => void)[] | undefined
  let completed: WeakSet<object> | undefined

  function pass(fact: () => void): void {
    if (waiting) waiting.push(fact)
    else fact()
  }

  /**
   * Passes a request on with its body. The body is fetched once: when the request leaves, or at its end, if the watch
   * was armed in between.
   */
  function complete(request: ObservedRequest, tell: (request: ObservedRequest) => void): void {
    const fetchBody = request.body === undefined && !completed?.has(request.native) ? request.lateBody : undefined
    if (!fetchBody) {
      tell(request)
      return
    }
    completed ??= new WeakSet()
    completed.add(request.native)
    const own: (() => void)[] = []
    waiting = own
    const go = (body: string | undefined) => {
      cancel()
      if (waiting !== own) return
      waiting = undefined
      // Nobody would catch an exception here.
      readable(() => tell(Object.create(request, { body: { value: body } })))
      // If one of them is a request with a late body, the facts after it wait again.
      for (const fact of own) readable(() => pass(fact))
    }
    const cancel = clock.after(limit, () => go(undefined))
    fetchBody().then(go, () => go(undefined))
  }

  return {
    request: (request) => pass(() => complete(request, observer.request)),
    response: (response) =>
      pass(() =>
        complete(response.request, (request) =>
          observer.response(
            request === response.request ? response : Object.create(response, { request: { value: request } }),
          ),
        ),
      ),
    failed: (request) => pass(() => complete(request, observer.failed)),
    navigated: (navigation) => pass(() => observer.navigated(navigation)),
    ended: (how) => pass(() => observer.ended(how)),
  }
}
