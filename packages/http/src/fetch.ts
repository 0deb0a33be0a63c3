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

/** A `Response`, be it Node's or of another undici. */
export interface ResponseLike extends Message {
  readonly url: string
  readonly status: number
  readonly redirected: boolean
  readonly headers: Message['headers'] & Iterable<readonly [string, string]>
}

/** The global `fetch`, that of undici, or one that wraps either. */
// biome-ignore lint/suspicious/noExplicitAny: each fetch types its arguments in its own way
export type FetchLike = (input: any, init?: any) => Promise<ResponseLike>

/** There is no page. */
interface FetchNatives<F extends FetchLike> extends Natives {
  readonly response: Awaited<ReturnType<F>>
}

const door = z.object({ fetch: z.custom((value) => typeof value === 'function', 'a fetch function') })

/**
 * Without either, whatever a later call answers would be evidence, at a URL that the user chose. Who sends a token by
 * `fetch` has it at hand. The rest is checked by who delivers.
 */
const submission = z
  .looseObject({ token: z.unknown().optional(), submittedWhen: z.unknown().optional() }, 'an object of options')
  .superRefine(({ token, submittedWhen }, context) => {
    if (token !== undefined || submittedWhen !== undefined) return
    const message = 'the token, or `submittedWhen` in its place'
    context.addIssue({ code: 'custom', path: ['token'], message, params: { got: 'neither' } })
  })

/**
 * Returns a `fetch` that sends what it is given by yours, and watches what the site does: the call that carries the
 * token is the submission, its answer is judged, and the verdict is delivered to Regotcha. Use it for the calls of one
 * task; after the verdict it is your `fetch` and nothing else. The `Response` is the one that your `fetch` gave. A
 * predicate that reads its body reads a copy of at most 8 MiB. A body that is no HTML, JSON, XML or text it must ask for
 * before it awaits anything else: then the body is yours.
 * @param options - `token` or `submittedWhen` is required. With `scope: 'page'` the answers of later calls are evidence
 * too: the URL that you asked for shows nothing, the one that a redirect led to does.
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

/** Tells the observer of calls and their answers. Nothing of it throws, delays a call, or changes what it returns. */
function createExchanges(observer: Observer, bodyTimeout = 10_000) {
  const stopping = new AbortController()
  /** Where redirects led that the user follows, and of which chain they are. */
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

/** @param isUsers - whether the user has the response by now, and so its body. */
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

/** A copy of these would keep the connection open when the user has closed theirs. */
const isEndless = /^(?:text\/event-stream|multipart\/x-mixed-replace)/

/** Made once: a reason of its own for each watch would cost more than the watch. */
const ended = new EvidenceError('lost', 'the watch has ended')

/** What of ours fails is evidence that we don't have. */
function safely<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
