/** Translates a `fetch` call into core's facts. */
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import { copiedText, largestBody, type Message } from '@regotcha-feedback/core/adapter'
import { textNow } from './body.ts'

/** A `Request` of Node or of another copy of undici. */
interface RequestLike extends Message {
  readonly url: string
  readonly method: string
}

interface Init {
  readonly method?: string | undefined
  readonly headers?: ConstructorParameters<typeof Headers>[0]
  readonly body?: unknown
}

/** @param chain - the chain of the redirect that this call follows, if the user follows redirects. */
export function observedRequest(
  input: unknown,
  init: Init = {},
  signal: AbortSignal,
  chainOf: (url: string) => object | undefined,
): ObservedRequest {
  const request = isRequest(input) ? input : undefined
  const given = request?.url ?? String(input)
  const url = URL.parse(given)?.href ?? given
  const native = {}
  const redirect = chainOf(url)
  let body: { readonly text: string | undefined } | undefined
  let headers: Readonly<Record<string, string>> | undefined
  return {
    chain: redirect ?? native,
    isChosen: redirect === undefined,
    url,
    method: (init.method ?? request?.method ?? 'GET').toUpperCase(),
    resourceType: 'fetch',
    get headers() {
      headers ??= Object.fromEntries(new Headers(init.headers ?? (request?.headers as Headers | undefined)))
      return headers
    },
    get body() {
      body ??= { text: textNow(init.body) }
      return body.text
    },
    lateBody: laterBody(init.body ?? (request?.body ? request : undefined), signal),
    frame: undefined,
    isNavigation: false,
    isUnattributed: false,
    native,
  }
}

/** The request that a redirect led to. `fetch` does not report it: only its URL is known. */
export const redirectedRequest = (first: ObservedRequest, url: string): ObservedRequest => ({
  chain: first.chain,
  url,
  method: 'GET',
  resourceType: 'fetch',
  headers: {},
  body: undefined,
  frame: undefined,
  isNavigation: false,
  isUnattributed: false,
  native: {},
})

const isRequest = (input: unknown): input is RequestLike =>
  typeof input === 'object' && input !== null && 'url' in input && 'clone' in input

/** Copies a `Request` before it is sent. Without a text content type it may be a stream, and is not copied. */
function laterBody(body: unknown, signal: AbortSignal): (() => Promise<string | undefined>) | undefined {
  if (body instanceof Blob) return body.size > largestBody ? undefined : () => body.text()
  if (!isRequest(body) || !isText.test(body.headers.get('content-type') ?? '')) return undefined
  const text = copiedText(body, signal)
  text.catch(() => {}) // it may never be awaited
  return () => text
}

const isText = /json|text|xml|form/
