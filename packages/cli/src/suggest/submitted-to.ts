/** Finds the submission if no request shows the token, because the page encrypts it or the recorder lost the body. */
import type { ObservedRequest } from '@regotcha-feedback/core/adapter'
import { headerOf } from '../explain/exchange.ts'
import type { Recording } from '../explain/recording.ts'

/** A request, identified by its URL. */
export interface SubmittedTo {
  /** A part of its URL. */
  readonly part: string
  readonly method?: string | undefined
}

export const sentTo =
  ({ part, method }: SubmittedTo) =>
  (request: Pick<ObservedRequest, 'url' | 'method'>) =>
    request.url.includes(part) && (method === undefined || request.method === method)

/** The candidates: forms that all visits send to the page's own site or, if there are none, calls. */
export function candidatesIn(recordings: readonly Recording[]): readonly SubmittedTo[] {
  const sent = recordings.map((recording) =>
    recording
      .page({ submittedWhen: () => true })
      .submissions()
      .filter(maySubmit),
  )
  const common = (isKind: (request: ObservedRequest) => boolean) => {
    const [first, ...others] = sent.map((requests) => new Set(requests.filter(isKind).map(addressOf)))
    return [...(first ?? [])].filter((address) => others.every((other) => other.has(address)))
  }
  const forms = common(({ isNavigation }) => isNavigation)
  return (forms.length > 0 ? forms : common(() => true)).map(submittedTo)
}

/** @param address - as returned by {@link addressOf}. */
export function submittedTo(address: string): SubmittedTo {
  const [method = '', part = ''] = address.split(' ')
  return { method, part }
}

export const addressOf = ({ method, url }: ObservedRequest) => `${method} ${new URL(url).pathname}`

/** Excludes reads, analytics beacons, and requests to other sites, such as the captcha's vendor. */
function maySubmit({ url, method, resourceType, headers }: ObservedRequest): boolean {
  const isWriting = !['GET', 'HEAD', 'OPTIONS'].includes(method) && ['document', 'fetch', 'xhr'].includes(resourceType)
  const from = headerOf(headers, 'referer')
  return isWriting && new URL(url).pathname !== '/' && (from === '' || siteOf(from) === siteOf(url))
}

/** A site may receive its forms at another host of the same domain. */
export function siteOf(url: string): string {
  const { hostname } = new URL(url)
  return /^[\d.]+$|^\[|^[^.]+$/.test(hostname) ? hostname : hostname.split('.').slice(-2).join('.')
}
