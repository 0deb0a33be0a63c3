import { type Answer, errorPage, type Reply } from './loopback.ts'
import { rateLimited } from './rate-limit.ts'

/**
 * A fault of one request to the API.
 *
 * - `reset`: the socket is destroyed before anything is recorded.
 * - `reset-after-recording`: the API handles the request, then the socket is destroyed: the lost answer.
 * - `stall`: the request is never answered, and nothing is recorded.
 * - `stall-body`: the API handles the request; its headers and half its body arrive, then nothing.
 * - `truncate`: the API handles the request; the socket is destroyed after half the body.
 * - `status`: something in between answers with this status, and nothing is recorded. Default body: an HTML error page.
 *   A string is sent as HTML, an object as JSON; `headers` can set another content type.
 * - `redirect`: answers with `location`, and nothing is recorded.
 * - `rate-limit`: `ERROR_RATE_LIMIT`, and nothing is recorded. `retryAfter` is in seconds, default 15. It is put `in` the
 *   sentence (default), the `Retry-After` header or the body's `retry_after`. The default status is 429.
 */
export type Fault =
  | { readonly kind: 'reset' | 'reset-after-recording' | 'stall' | 'stall-body' | 'truncate' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | object
    }
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 303 | 307 | 308; readonly location: string }
  | {
      readonly kind: 'rate-limit'
      readonly retryAfter?: number
      readonly in?: 'header' | 'body' | 'sentence'
      readonly status?: number
    }

export const faultKinds = [
  'reset',
  'reset-after-recording',
  'stall',
  'stall-body',
  'truncate',
  'status',
  'redirect',
  'rate-limit',
] as const satisfies readonly Fault['kind'][]

/** The answer to one request: the API's own, or the fault's. */
export function answerUnder(fault: Fault | undefined, api: () => Reply): Answer {
  return fault ? inflict(fault, api) : api()
}

function inflict(fault: Fault, api: () => Reply): Answer {
  switch (fault.kind) {
    case 'reset':
    case 'stall':
      return fault.kind
    case 'reset-after-recording':
      api()
      return 'reset'
    case 'stall-body':
      return { ...api(), halfway: 'stall' }
    case 'truncate':
      return { ...api(), halfway: 'reset' }
    case 'status': {
      const { kind, ...reply } = fault
      return { ...errorPage(fault.status), ...reply }
    }
    case 'redirect':
      return { status: fault.status, headers: { location: fault.location } }
    case 'rate-limit':
      return rateLimited(fault)
  }
}
