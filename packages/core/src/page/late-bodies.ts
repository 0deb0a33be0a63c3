import type { Clock } from '../clock.ts'
import { type ObservedRequest, type Observer, readable } from './source.ts'

/** A body that takes longer than this does not come: an idle browser answers in 3 to 160 ms where it has one. */
const limit = 5_000

/**
 * Passes facts on in their order, each request with its body, also where the library only fetches that: what happened
 * meanwhile waits, so that an answer never comes before the request that it answers.
 */
export function withBodies(observer: Observer, clock: Clock): Observer {
  /** The facts that wait; `undefined` when nothing has to. */
  let waiting: (() => void)[] | undefined
  let completed: WeakSet<object> | undefined

  function pass(fact: () => void): void {
    if (waiting) waiting.push(fact)
    else fact()
  }

  /** Once for each request: when it leaves, or with its end where the watch was armed in between. */
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
      // Nobody is there to catch what is thrown here.
      readable(() => tell(Object.create(request, { body: { value: body } })))
      // One of them may be a request that has to be waited for again.
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
