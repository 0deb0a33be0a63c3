import { RegotchaFeedbackError } from '../error.ts'
import { assetTypes, type ObservedNavigation, type ObservedRequest, type ObservedResponse } from '../page/source.ts'
import { isWeb } from '../page/url.ts'
import { type KnownBefore, knownBefore } from './known-before.ts'

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
  /** It is there once this has settled: then the predicate is asked again. */
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

/** In place of a page where there is none. Who asks it has no opinion. */
export function noPage() {
  const refuse = () => {
    throw new EvidenceError(
      'lost',
      "without a browser there are no cookies to look up, and nothing is visible: header('set-cookie') has what an answer sets",
    )
  }
  return { context: refuse, waitForSelector: refuse }
}

/** Secures the body of evidence for predicates that have not asked for it yet. */
export const keepBody = Symbol('secures the body')

/** The response that evidence shows: a page's own, and the navigation to it, show the same. */
export const responseOf = Symbol('the response that it shows')

/** What our own predicates know besides of the submission. */
export const background = Symbol('what is known of the submission')

export interface Background {
  /** The names of the fields that held the token. */
  readonly fields: ReadonlySet<string>
  /** What the page showed before the submission, where it was seen to load. */
  before(): Promise<string> | undefined
}

/** `isCarriers`: it answers a request that itself took the token along. */
export function responseEvidence(response: ObservedResponse, isSubmission: boolean, isCarriers = false): Evidence {
  const { url, status, native, keep, request } = response
  const of = { kind: 'response', url, status, isSubmission, native } as const
  const isKnownBefore = isCarriers || request.isChosen
  return Object.assign(
    ofResponse(response),
    of,
    isKnownBefore && { [knownBefore]: 'target' },
    keep && { [keepBody]: keep },
  )
}

/** Where a redirect leads that nobody answers, whether an app is to take over or the crawler stops it there. */
export function landingEvidence(url: string, { request }: Pick<ObservedResponse, 'request'>): Evidence {
  const navigation = { frame: request, isMainFrame: true, url, native: request.frame }
  return navigationEvidence(navigation, undefined, true, undefined, false)
}

/** `document` is the response that the navigation loaded, if it loaded one and was told of it (`isTold`). */
export function navigationEvidence(
  navigation: ObservedNavigation,
  document: ObservedResponse | undefined,
  isSubmission: boolean,
  how?: KnownBefore,
  isTold = true,
): Evidence {
  const { url, native } = navigation
  const { status } = document ?? {}
  const of = { kind: 'navigation', url, status, isSubmission, native, ...(how && { [knownBefore]: how }) } as const
  return Object.assign(ofResponse(document, isTold), of)
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
 * Playwright tells `set-cookie` only in a second look. Who asks for it, or for all headers, is interrupted, and asked
 * again after that look; nobody else pays for it.
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

/** Redirects too: Firefox would hand out the body of the page that the redirect led to. */
const isBodiless = (response: ObservedResponse) =>
  redirectOf(response) !== undefined || response.status === 204 || response.request.method === 'HEAD'

/** What leaves the page where it is. */
export const isDownload = ({ headers }: ObservedResponse) => /^attachment/i.test(String(headers['content-disposition']))

/** What a page is made of, such as a script that has the words for every outcome. Firefox tells no type. */
const isAsset = ({ request, headers }: ObservedResponse) =>
  assetTypes.has(request.resourceType) ||
  /javascript|^(?:text\/css|image|font|audio|video)\b/.test(String(headers['content-type']))

/** Where a redirect leads. One that does not say so is an answer as any other: its script goes on by what else it says. */
export const redirectOf = ({
  status,
  url,
  headers,
}: Pick<ObservedResponse, 'status' | 'url' | 'headers'>): string | undefined =>
  [301, 302, 303, 307, 308].includes(status) && 'location' in headers
    ? (URL.parse(headers.location, url)?.href ?? headers.location)
    : undefined

/** Whether another answer follows. Where a scheme of some app takes over none does. */
export function isRedirect(response: ObservedResponse): boolean {
  const target = redirectOf(response)
  return target !== undefined && isWeb(target)
}

/** Headers by which a wall in front of a site says that it answered in the site's stead. */
const walls = { 'cf-mitigated': /challenge/, 'x-amzn-waf-action': /captcha|challenge/ }

/**
 * Why an answer says nothing about a token, where it does not: a site that is broken or overloaded, a proxy that wants
 * to be paid, a wall behind which the site never saw the token.
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
  return isWall ? 'a challenge in front of the site' : undefined
}

/** Fetched in case somebody goes there, as browsers and scripts say by a header: nobody has. */
export const isPrefetch = ({ resourceType, headers }: ObservedRequest) =>
  resourceType === 'prefetch' ||
  Object.entries(headers).some(
    ([name, value]) => /prefetch|preload/.test(name) || (/purpose$|^x-moz$/.test(name) && /^pre/.test(value)),
  )

/** Shows no outcome. */
export const isSubresource = (response: ObservedResponse) => isAsset(response) || isPrefetch(response.request)

/** Shares one promise, whose rejection is nobody's crash when nobody awaits it. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let promise: Promise<T> | undefined
  return () => {
    promise ??= run()
    promise.catch(() => {})
    return promise
  }
}
