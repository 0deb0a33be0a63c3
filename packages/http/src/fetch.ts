import { type AdapterOptions, EvidenceError, type Natives, type Watch } from '@regotcha-feedback/core'
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import {
  armWatch,
  checkOptions,
  copiedText,
  type Message,
  noPage,
  type ObservedResponse,
  type Observer,
  plainHeaders,
  type Source,
  systemClock,
  withBodies,
} from '@regotcha-feedback/core/adapter'
import { z } from 'zod'
import { observedRequest, redirectedRequest } from './request.ts'

/** A `Response` of Node or of another copy of undici. */
export interface ResponseLike extends Message {
  readonly url: string
  readonly status: number
  readonly redirected: boolean
  readonly headers: Message['headers'] & Iterable<readonly [string, string]>
}

/** The global `fetch`, that of undici, or one that wraps either. */
// biome-ignore lint/suspicious/noExplicitAny: each fetch has its own argument types
export type FetchLike = (input: any, init?: any) => Promise<ResponseLike>

/** There is no page. */
interface FetchNatives<F extends FetchLike> extends Natives {
  readonly response: Awaited<ReturnType<F>>
}

/** The methods of a client such as got or ky would go past the watch. */
const isFetch = (value: unknown) => typeof value === 'function' && !('post' in value)

const door = z.object({
  fetch: z.custom(isFetch, 'a fetch function, not a client with methods: `feedback.judge()` takes their responses'),
})

/**
 * One of the two is required. Otherwise every later answer would be evidence, at a URL that the user chose. Code that sends
 * a token with `fetch` always has it. The client checks the other options.
 */
const submission = z
  .looseObject({ token: z.unknown().optional(), submittedWhen: z.unknown().optional() }, 'an object of options')
  .superRefine(({ token, submittedWhen }, context) => {
    if (token !== undefined || submittedWhen !== undefined) return
    const message = 'the token, or `submittedWhen` in its place'
    context.addIssue({ code: 'custom', path: ['token'], message, params: { got: 'neither' } })
  })

/**
 * Wraps your `fetch` and watches what the site does. The call that carries the token is the submission, its answer is
 * judged, and the verdict is delivered to Regotcha. Use the wrapper for the calls of one task. After the verdict it only
 * passes calls to your `fetch`. You get the `Response` that your `fetch` returned; predicates read a copy of its body, at
 * most 8 MiB. If the body is not HTML, JSON, XML or text, a predicate must ask for it before it awaits anything else.
 * @param options - `token` or `submittedWhen` is required. With `scope: 'page'`, the answers of later calls are evidence,
 * too. The URL that you requested does not count; the URL that a redirect led to does.
 * @throws {OptionError} at once, naming each wrong option. Afterwards nothing is thrown into your calls.
 * @example
 * const site = withRegotchaFeedback(fetch, taskId, { token, acceptedWhen: ({ status }) => status === 200 })
 * const response = await site('https://shop.example/login', { method: 'POST', body: new URLSearchParams({ token }) })
 */
export function withRegotchaFeedback<F extends FetchLike>(
  fetch: F,
  taskId: string,
  options: AdapterOptions<FetchNatives<F>>,
): F & { readonly feedback: Watch } {
  checkOptions('withRegotchaFeedback', door, { fetch })
  checkOptions('withRegotchaFeedback', submission, options)
  let observing: ReturnType<typeof createExchanges> | undefined
  const watched: FetchLike = (input, init) => {
    const exchange = observing?.begin(input, init)
    const answer = fetch(input, init)
    return exchange ? answer.then(exchange.answered, exchange.failed) : answer
  }
  const source: Source = {
    page: noPage(),
    url: () => '',
    observe(observer) {
      const exchanges = createExchanges(withBodies(observer, systemClock), options.predicateTimeout)
      observing = exchanges
      return () => {
        observing = undefined
        exchanges.stop()
      }
    },
  }
  return armWatch(
    { page: Object.assign(watched, fetch), library: 'fetch', members: [], source: () => source },
    taskId,
    options,
  )
}

/** Reports calls and their answers to the observer. It never throws, delays a call, or changes what a call returns. */
function createExchanges(observer: Observer, bodyTimeout = 10_000) {
  const stopping = new AbortController()
  /** The targets of redirects that the user follows, with their chains. */
  const redirects = new Map<string, object>()

  const bodySignal = () => AbortSignal.any([stopping.signal, AbortSignal.timeout(bodyTimeout)])

  function chainOf(url: string): object | undefined {
    const chain = redirects.get(url)
    redirects.delete(url)
    return chain
  }

  return {
    begin(input: unknown, init: object | undefined) {
      const request = safely(() => observedRequest(input, init, stopping.signal, chainOf))
      if (!request) return undefined
      safely(() => observer.request(request))
      return {
        answered<R extends ResponseLike>(response: R): R {
          let isUsers = false
          safely(() => {
            const answer = observedResponse(request, response, () => isUsers, bodySignal)
            const isRedirect = answer.status >= 300 && answer.status < 400
            const location = isRedirect && response.headers.get('location')
            if (location) redirects.set(new URL(location, answer.url).href, request.chain)
            observer.response(answer)
          })
          isUsers = true
          return response
        },
        failed(error: unknown): never {
          safely(() => observer.failed(request))
          throw error
        },
      }
    },
    stop: () => stopping.abort(ended),
  }
}

/** @param isUsers - whether the user already has the response, and so its body. */
function observedResponse(
  request: ObservedRequest,
  response: ResponseLike,
  isUsers: () => boolean,
  signal: () => AbortSignal,
): ObservedResponse {
  const { url, status, redirected } = response
  let headers: Readonly<Record<string, string>> | undefined
  let copy: Promise<string> | undefined
  async function text(): Promise<string> {
    if (isEndless.test(response.headers.get('content-type') ?? ''))
      throw new EvidenceError('lost', 'a stream of events')
    if (!copy && isUsers()) throw new EvidenceError('lost', 'a predicate must ask for such a body before it awaits')
    copy ??= copiedText(response, signal())
    return copy
  }
  return {
    request: redirected ? redirectedRequest(request, url) : request,
    url: url || request.url,
    status,
    get headers() {
      headers ??= plainHeaders(response.headers)
      return headers
    },
    text,
    keep: () => void text().catch(() => {}),
    native: response,
  }
}

/** A copy of such a body would keep the connection open after the user closed it. */
const isEndless = /^(?:text\/event-stream|multipart\/x-mixed-replace)/

/** Created once, because an error for each watch would cost more than the watch. */
const ended = new EvidenceError('lost', 'the watch has ended')

/** If our own code fails, the evidence is missing; the user's call is not affected. */
function safely<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
