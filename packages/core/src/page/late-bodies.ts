import type { Clock } from '../clock.ts'
import {
  type ObservedNavigation,
  type ObservedRequest,
  type ObservedResponse,
  type Observer,
  readable,
} from './source.ts'

/** How long to wait for a body, in ms. An idle browser that has the body answers in 3 to 160 ms. */
const limit = 5_000

/**
 * Passes facts on in their order, each request with its body. While the library fetches a body, later facts wait, so
 * that no response overtakes its request.
 */
export const withBodies = (observer: Observer, clock: Clock): Observer => new WithBodies(observer, clock)

class WithBodies implements Observer {
  readonly #observer: Observer
  readonly #clock: Clock
  /** The facts that wait for a body; `undefined` if none is being fetched. */
  #waiting: (() => void)[] | undefined
  #completed: WeakSet<object> | undefined

  constructor(observer: Observer, clock: Clock) {
    this.#observer = observer
    this.#clock = clock
  }

  request(request: ObservedRequest): void {
    this.#pass(() => this.#complete(request, (request) => this.#observer.request(request)))
  }

  response(response: ObservedResponse): void {
    const tell = (request: ObservedRequest) =>
      this.#observer.response(
        request === response.request ? response : Object.create(response, { request: { value: request } }),
      )
    this.#pass(() => this.#complete(response.request, tell))
  }

  failed(request: ObservedRequest): void {
    this.#pass(() => this.#complete(request, (request) => this.#observer.failed(request)))
  }

  navigated(navigation: ObservedNavigation): void {
    this.#pass(() => this.#observer.navigated(navigation))
  }

  ended(how: 'page-closed' | 'page-crashed'): void {
    this.#pass(() => this.#observer.ended(how))
  }

  #pass(fact: () => void): void {
    if (this.#waiting) this.#waiting.push(fact)
    else fact()
  }

  /** Passes a request on with its body, which is fetched once: at its end, if the watch was armed after it left. */
  #complete(request: ObservedRequest, tell: (request: ObservedRequest) => void): void {
    const isNew = request.body === undefined && !this.#completed?.has(request.native)
    const fetchBody = isNew ? request.lateBody : undefined
    if (!fetchBody) {
      tell(request)
      return
    }
    this.#completed ??= new WeakSet()
    this.#completed.add(request.native)
    const own: (() => void)[] = []
    this.#waiting = own
    const go = (body: string | undefined) => {
      cancel()
      if (this.#waiting !== own) return
      this.#waiting = undefined
      // Nobody would catch an exception here.
      readable(() => tell(Object.create(request, { body: { value: body } })))
      // If one of them is a request with a late body, the facts after it wait again.
      for (const fact of own) readable(() => this.#pass(fact))
    }
    const cancel = this.#clock.after(limit, () => go(undefined))
    fetchBody().then(go, () => go(undefined))
  }
}
