import { RegotchaFeedbackError } from '../error.ts'
import { assetTypes, type ObservedNavigation, type ObservedRequest, type ObservedResponse } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import { responseOf, shownAs } from './background.ts'
import { type KnownBefore, knownBefore } from './known-before.ts'

/** A browser library's own types, as far as its page type shows them; otherwise `unknown`. */
export interface Natives {
  readonly page: unknown
  readonly response: unknown
  readonly frame: unknown
}

interface EvidenceOf<Kind extends string, Status, Native> {
  readonly kind: Kind
  readonly url: string
  /** `undefined` for a navigation within its document (`history.pushState`). */
  readonly status: Status
  readonly method: string
  /** The response's headers, with names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** As the browser's protocol names it: `document`, `xhr`, `fetch`, … */
  readonly resourceType: string
  /** Whether this is the answer to the submission, before or after redirects. */
  readonly isSubmission: boolean
  /**
   * The body of the response, or of the document that a navigation loaded.
   * @throws {EvidenceError} if there is none, or the browser no longer has it.
   */
  readonly text: () => Promise<string>
  /**
   * The body, parsed.
   * @throws {EvidenceError} like {@link text}, and if the body is not JSON.
   */
  // biome-ignore lint/suspicious/noExplicitAny: as JSON.parse; the user's predicate knows the shape
  readonly json: () => Promise<any>
  /** The library's own object: the response, or the frame that navigated. */
  readonly native: Native
}

/** Something the site did, for a predicate to judge. */
export type Evidence<N extends Natives = Natives> =
  | EvidenceOf<'response', number, N['response']>
  | EvidenceOf<'navigation', number | undefined, N['frame']>

/** A predicate asked for something that is not available, such as a body. */
export class EvidenceError extends RegotchaFeedbackError {
  override readonly name = 'EvidenceError'
  /** `lost`: it can no longer be read. `absent`, `not-json`: the site sent nothing of the kind. */
  readonly reason: 'lost' | 'absent' | 'not-json'
  /** When this settles, the evidence is available and the predicate is asked again. */
  readonly until: Promise<unknown> | undefined

  constructor(
    reason: EvidenceError['reason'],
    message: string,
    { until, ...options }: ErrorOptions & { readonly until?: Promise<unknown> } = {},
  ) {
    super(message, options)
    this.reason = reason
    this.until = until
  }
}

/** Stands in for the page if there is none. A predicate that asks it has no opinion. */
export function noPage() {
  const refuse = () => {
    throw new EvidenceError(
      'lost',
      "without a browser there are no cookies to look up, and nothing is visible: header('set-cookie') has what an answer sets",
    )
  }
  return { context: refuse, waitForSelector: refuse }
}

/** Keeps the body of the evidence for predicates that may read it later. */
export const keepBody = Symbol('secures the body')

/** @param isCarriers - whether it answers a request that itself carried the token. */
export function responseEvidence(response: ObservedResponse, isSubmission: boolean, isCarriers = false): Evidence {
  const { url, status, native, keep, request } = response
  // Only a page's own document has a history.
  const isOfPage = request.isNavigation && request.transition !== undefined
  const of = { kind: 'response', url, status, isSubmission, native } as const
  const isKnownBefore = isCarriers || request.isChosen
  return Object.assign(
    ofResponse(response),
    of,
    isKnownBefore && { [knownBefore]: 'target' },
    keep && { [keepBody]: keep },
    { [shownAs]: isOfPage ? 'document' : request.isNavigation ? undefined : 'call' },
  )
}

/** The target of a redirect that gets no answer: an app takes over, or the request fails or is blocked. */
export function landingEvidence(url: string, { request }: Pick<ObservedResponse, 'request'>): Evidence {
  const navigation = { frame: request, isMainFrame: true, url, native: request.frame }
  return navigationEvidence(navigation, undefined, true, undefined, false)
}

/** `document`: the response that the navigation loaded, if any. `isTold`: `false` if there may be one, unreported. */
export function navigationEvidence(
  navigation: ObservedNavigation,
  document: ObservedResponse | undefined,
  isSubmission: boolean,
  how?: KnownBefore,
  isTold = true,
): Evidence {
  const { url, native, isMainFrame, isPopup } = navigation
  const { status } = document ?? {}
  const of = { kind: 'navigation', url, status, isSubmission, native, ...(how && { [knownBefore]: how }) } as const
  return Object.assign(ofResponse(document, isTold), of, {
    [shownAs]: isMainFrame && !isPopup ? 'document' : undefined,
  })
}

function ofResponse(response: ObservedResponse | undefined, isTold = true) {
  const text = once(async () => {
    if (!isTold) throw new EvidenceError('lost', 'the browser did not tell the answer that loaded this page')
    if (!response || isBodiless(response)) throw new EvidenceError('absent', 'this evidence has no body')
    try {
      return await response.text()
    } catch (cause) {
      if (cause instanceof EvidenceError) throw cause
      throw new EvidenceError('lost', 'the browser no longer has the body', { cause })
    }
  })
  const json = once(async () => {
    const body = await text()
    try {
      return JSON.parse(body)
    } catch (cause) {
      const is = body.trimStart().startsWith('<') ? 'HTML' : 'something else'
      throw new EvidenceError('not-json', `json() met ${is}, not JSON`, { cause })
    }
  })
  const headers = headersOf(response)
  return {
    [responseOf]: response,
    method: response?.request.method ?? 'GET',
    get headers() {
      return headers()
    },
    resourceType: response?.request.resourceType ?? 'document',
    text,
    json,
  }
}

/**
 * Playwright returns `set-cookie` only from a second call. A predicate that reads it, or all headers, is interrupted
 * and asked again after that call. Other predicates don't pay for it.
 */
function headersOf(response: ObservedResponse | undefined): () => Readonly<Record<string, string>> {
  const fetchAll = response?.allHeaders
  if (!fetchAll || 'set-cookie' in response.headers) return () => response?.headers ?? {}
  let all: Readonly<Record<string, string>> | undefined
  let fetching: Promise<void> | undefined
  let gone = false
  const secondLook = (): never => {
    if (gone) throw new EvidenceError('lost', 'the browser no longer has the cookies of this response')
    fetching ??= fetchAll().then(
      (headers) => {
        all = headers
      },
      () => {
        gone = true
      },
    )
    throw new EvidenceError('lost', 'the cookies of this response are being fetched', { until: fetching })
  }
  const withSecondLook = new Proxy(response.headers, {
    get: (headers, name) => (name === 'set-cookie' ? secondLook() : Reflect.get(headers, name)),
    has: (headers, name) => (name === 'set-cookie' ? secondLook() : Reflect.has(headers, name)),
    getOwnPropertyDescriptor: (headers, name) =>
      name === 'set-cookie' ? secondLook() : Reflect.getOwnPropertyDescriptor(headers, name),
    ownKeys: secondLook,
  })
  return () => all ?? withSecondLook
}

/** Redirects count too: for them, Firefox would return the body of the target page. */
const isBodiless = (response: ObservedResponse) =>
  redirectOf(response) !== undefined || response.status === 204 || response.request.method === 'HEAD'

/** Whether the response is saved as a file, so that the page stays. */
export const isDownload = ({ headers }: ObservedResponse) => /^attachment/i.test(String(headers['content-disposition']))

/** Whether it is part of a page, such as a script with messages for every outcome. Firefox does not report types. */
const isAsset = ({ request, headers }: ObservedResponse) =>
  assetTypes.has(request.resourceType) ||
  /javascript|^(?:text\/css|image|font|audio|video)\b/.test(String(headers['content-type']))

/** Where a redirect leads. Without `location`, the answer is not a redirect: the page's script handles it. */
export const redirectOf = ({
  status,
  url,
  headers,
}: Pick<ObservedResponse, 'status' | 'url' | 'headers'>): string | undefined =>
  [301, 302, 303, 307, 308].includes(status) && 'location' in headers
    ? (URL.parse(headers.location, url)?.href ?? headers.location)
    : undefined

/** Whether another answer follows. None does if the target is an app's own scheme. */
export function isRedirect(response: ObservedResponse): boolean {
  const target = redirectOf(response)
  return target !== undefined && isWeb(target)
}

/** Headers that show that a wall or a proxy answered instead of the site. */
const walls = {
  'cf-mitigated': /challenge/,
  'x-amzn-waf-action': /captcha|challenge/,
  /** @see https://www.rfc-editor.org/rfc/rfc9209#name-the-error-parameter */
  'proxy-status': /;\s*error=/i,
  'x-squid-error': /^ERR_/,
}

/**
 * Why an answer says nothing about the token, or `undefined` if it may. The site is broken or overloaded, a proxy wants
 * credentials, or a wall kept the token from the site.
 */
export function faultOf({
  status = 200,
  headers,
}: {
  readonly status: number | undefined
  readonly headers: Evidence['headers']
}): string | undefined {
  if (status >= 500 || [407, 408, 425, 429].includes(status)) return 'a fault of the site'
  const isWall = Object.entries(walls).some(([name, value]) => value.test(String(headers[name])))
  return isWall ? 'something in front of the site answered' : undefined
}

/** Whether it is a prefetch or preload, by its type or headers. The page has not gone there. */
export const isPrefetch = ({ resourceType, headers }: ObservedRequest) =>
  resourceType === 'prefetch' ||
  Object.entries(headers).some(
    ([name, value]) => /prefetch|preload/.test(name) || (/purpose$|^x-moz$/.test(name) && /^pre/.test(value)),
  )

/** Whether it is a part of a page or a prefetch, which show no outcome. */
export const isSubresource = (response: ObservedResponse) => isAsset(response) || isPrefetch(response.request)

/** Runs once and shares the promise. If nobody awaits it, a rejection does not crash the process. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined
  return () => {
    promise ??= run()
    promise.catch(() => {})
    return promise
  }
}
