/** Sends a task's `forwardRequest` as the vendor's servers do, but only to the sandbox's own sites. */
import type { ForwardRequest, ForwardResponse } from '@regotcha-feedback/core/solver-wire'

/** The placeholder for the token in a request that the API sends. */
const placeholder = '{{token}}'
const timeout = 10_000

/**
 * Always fulfils: a failed request has `statusCode` 0 and an `error`. Redirects are not followed, because they are the
 * site's answer and could lead to another machine.
 */
export async function forward(
  { url, method, headers, body }: ForwardRequest,
  token: string,
  closing: AbortSignal,
): Promise<ForwardResponse> {
  const filled = (text: string) => text.replaceAll(placeholder, token)
  const target = URL.parse(filled(url))
  if (!target || !isLoopback(target)) return failed(`the sandbox forwards to its own sites alone, got ${url}`)
  const isJSON = typeof body === 'object'
  try {
    const response = await fetch(target, {
      method,
      headers: {
        ...(isJSON && { 'content-type': 'application/json' }),
        ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value)])),
      },
      body: body === undefined ? null : filled(isJSON ? JSON.stringify(body) : body),
      redirect: 'manual',
      signal: AbortSignal.any([closing, AbortSignal.timeout(timeout)]),
    })
    return {
      statusCode: response.status,
      headers: Object.fromEntries([...response.headers.keys()].map((name) => [name, response.headers.get(name) ?? ''])),
      body: await response.text(),
      error: null,
    }
  } catch (error) {
    return failed(sentenceOf(error))
  }
}

const isLoopback = ({ protocol, hostname }: URL) =>
  /^https?:$/.test(protocol) && ['127.0.0.1', 'localhost', '[::1]'].includes(hostname)

const failed = (error: string): ForwardResponse => ({ statusCode: 0, headers: {}, body: '', error })

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'Request timeout'
  return error.cause instanceof Error ? error.cause.message : error.message
}
