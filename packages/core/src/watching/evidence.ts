import { RegotchaFeedbackError } from '../error.ts'
import type { ObservedNavigation, ObservedResponse } from './source.ts'

/** The types of a browser library, as its page shows them; `unknown` where it does not. */
export interface Natives {
  readonly page: unknown
  readonly response: unknown
  readonly frame: unknown
}

interface EvidenceOf<Kind extends string, Status, Native> {
  readonly kind: Kind
  readonly url: string
  /** Of a navigation within its document (`history.pushState`): `undefined`. */
  readonly status: Status
  readonly method: string
  /** Of the response, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** As the browser's protocol names it: `document`, `xhr`, `fetch`, … */
  readonly resourceType: string
  /** Whether this answers the request that took the token to the site, or a redirect that followed from it. */
  readonly isSubmission: boolean
  /**
   * The body of the response, or of the document that a navigation loaded.
   * @throws {EvidenceError} when there is none, or the browser no longer has it.
   */
  readonly text: () => Promise<string>
  /** {@link text}, parsed. @throws {EvidenceError} as `text`, and when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: as JSON.parse; the user's predicate knows the shape
  readonly json: () => Promise<any>
  /** The library's own object: the response, or the frame that navigated. */
  readonly native: Native
}

/** Something the site did, for a predicate to judge. */
export type Evidence<N extends Natives = Natives> =
  | EvidenceOf<'response', number, N['response']>
  | EvidenceOf<'navigation', number | undefined, N['frame']>

/** A body that a predicate asked for can't be had. */
export class EvidenceError extends RegotchaFeedbackError {
  override readonly name = 'EvidenceError'
  /** `lost`: there was one and it can't be read any more; otherwise the site sent nothing of the kind. */
  readonly reason: 'lost' | 'absent' | 'not-json'

  constructor(reason: EvidenceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.reason = reason
  }
}

export function responseEvidence(response: ObservedResponse, isSubmission: boolean): Evidence {
  return {
    kind: 'response',
    url: response.url,
    status: response.status,
    ...ofResponse(response),
    isSubmission,
    native: response.native,
  }
}

/** `document` is the response that the navigation loaded, if it loaded one. */
export function navigationEvidence(
  navigation: ObservedNavigation,
  document: ObservedResponse | undefined,
  isSubmission: boolean,
): Evidence {
  return {
    kind: 'navigation',
    url: navigation.url,
    status: document?.status,
    ...ofResponse(document),
    isSubmission,
    native: navigation.native,
  }
}

function ofResponse(response: ObservedResponse | undefined) {
  const text = once(async () => {
    if (!response || isBodiless(response)) throw new EvidenceError('absent', 'this evidence has no body')
    try {
      return await response.text()
    } catch (cause) {
      throw new EvidenceError('lost', 'the browser no longer has the body', { cause })
    }
  })
  const json = once(async () => {
    const body = await text()
    try {
      return JSON.parse(body)
    } catch (cause) {
      throw new EvidenceError('not-json', 'the body is not JSON', { cause })
    }
  })
  return {
    method: response?.request.method ?? 'GET',
    headers: response?.headers ?? {},
    resourceType: response?.request.resourceType ?? 'document',
    text,
    json,
  }
}

/** Redirects too: Firefox would hand out the body of the page that the redirect led to. */
const isBodiless = ({ status, request: { method } }: ObservedResponse) =>
  isRedirect(status) || status === 204 || status === 304 || method === 'HEAD'

export const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status)

/** Shares one promise, whose rejection is nobody's crash when nobody awaits it. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined
  return () => {
    if (!promise) {
      promise = run()
      promise.catch(() => {})
    }
    return promise
  }
}
