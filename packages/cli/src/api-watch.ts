/** What is seen of the API while the library talks to it. */
export interface APIWatch {
  /** To be given to the library in place of the global one. */
  readonly fetch: typeof globalThis.fetch
  /** The last exchange; `undefined` before the first. */
  last(): Exchange | undefined
}

export type Exchange =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** The header `Date`, in ms. */
      readonly serverTime: number | undefined
      /** Our clock halfway between question and answer. */
      readonly ownTime: number
      readonly took: number
    }
  /** `code` as the system names it: ECONNREFUSED, ENOTFOUND, … */
  | { readonly kind: 'failed'; readonly code: string }

export function watchAPI(): APIWatch {
  let last: Exchange | undefined
  return {
    last: () => last,
    async fetch(...request) {
      const askedAt = Date.now()
      try {
        const response = await globalThis.fetch(...request)
        const took = Date.now() - askedAt
        const date = Date.parse(response.headers.get('date') ?? '')
        const serverTime = Number.isNaN(date) ? undefined : date
        last = { kind: 'answered', status: response.status, serverTime, ownTime: askedAt + took / 2, took }
        return response
      } catch (error) {
        last = { kind: 'failed', code: codeOf(error) }
        throw error
      }
    },
  }
}

/** What keeps us from delivering just now, in a sentence; `undefined` if nothing does. */
export function troubleOf(exchange: Exchange | undefined): string | undefined {
  if (exchange?.kind === 'failed') return `the API cannot be reached (${exchange.code})`
  if (exchange?.status === 429) return 'the API asks to wait'
  if (exchange && exchange.status >= 500) return `the API is out of order (HTTP ${exchange.status})`
}

/** Nothing else of the error, which holds the request and so the key. */
function codeOf(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code
    if (cause.name === 'TimeoutError') return 'no answer in time'
  }
  return 'network failure'
}
