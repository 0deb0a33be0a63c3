/** One request and what came of it, as recordings of all browsers tell it. */
import { z } from 'zod'

export interface Exchange {
  /** Milliseconds since the Unix epoch, to fractions. */
  readonly sentAt: number
  /** When the head of the response was there; `undefined` when none came. */
  readonly answeredAt: number | undefined
  /** When the body was, or the failure; `undefined` when the recording ended before. */
  readonly endedAt: number | undefined
  readonly hasFailed: boolean
  /** Whether it failed because the browser, not the network, gave it up: a script did so, or the page went on. */
  readonly isAborted: boolean
  readonly pageref: string | undefined
  /** The frame, where the recorder tells it: Playwright does. */
  readonly frameref: string | undefined
  readonly method: string
  readonly url: string
  readonly resourceType: string
  /** A document's: whether into a frame of the page. `undefined` when the recording does not tell. */
  readonly isFramed: boolean | undefined
  readonly requestHeaders: Readonly<Record<string, string>>
  readonly requestBody: string | undefined
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Where a redirect led, as an absolute URL. */
  readonly redirectedTo: string | undefined
  /** `undefined` when the recording does not hold it. */
  readonly body: string | undefined
}

const number = z.number().catch(-1)
const string = z.string().catch('')
const optional = z.string().optional().catch(undefined)
const pairs = z.array(z.object({ name: z.string(), value: string })).catch([])
const timings = { blocked: number, dns: number, connect: number, send: number, wait: number }
const content = { text: optional, encoding: optional, size: number, mimeType: string, _file: optional }

/** What is asked of an entry: who it concerns, and when. The rest varies by recorder, and may be missing. */
export const entrySchema = z.object({
  startedDateTime: z.iso.datetime({ offset: true, local: true }),
  time: number,
  pageref: optional,
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: pairs,
    postData: z
      .object({ mimeType: string, text: optional, params: pairs, _file: optional })
      .optional()
      .catch(undefined),
  }),
  response: z
    .object({
      status: number,
      headers: pairs,
      content: z.object(content).optional().catch(undefined),
      redirectURL: string,
      _error: optional,
      _failureText: optional,
    })
    .optional()
    .catch(undefined),
  timings: z.object(timings).optional().catch(undefined),
  _resourceType: optional,
  _frameref: optional,
  _serviceWorkerRef: optional,
  _apiRequestRef: optional,
})

export type Entry = z.output<typeof entrySchema>

/** Of no page: what a service worker or the crawler itself asked for, the browser's own question before a call, no URL. */
export function isOfPage({ request, _serviceWorkerRef, _apiRequestRef }: Entry): boolean {
  const isPreflight = request.method === 'OPTIONS' && 'access-control-request-method' in record(request.headers)
  return (
    request.url.startsWith('http') && URL.canParse(request.url) && !_serviceWorkerRef && !_apiRequestRef && !isPreflight
  )
}

/** @param attached - reads a body that the recorder wrote to a file of its own. */
export function exchangeOf(entry: Entry, attached: (file: string) => string | undefined): Exchange {
  const { request, response, timings, time } = entry
  const requestHeaders = record(request.headers)
  const headers = record(response?.headers ?? [])
  const sentAt = Date.parse(entry.startedDateTime)
  const status = Math.max(0, response?.status ?? 0)
  const isAnswered = status > 0
  const waited = timings ? sum(timings.blocked, timings.dns, timings.connect, timings.send, timings.wait) : 0
  const answeredAt = isAnswered ? sentAt + Math.min(waited, Math.max(0, time)) : undefined
  const hasFailed = Boolean(response?._failureText || response?._error) || (!isAnswered && time > 0)
  const resourceType = typeOf(entry, requestHeaders, headers)
  const body = hasFailed || !kept(resourceType) ? undefined : bodyOfResponse(response?.content, headers, attached)
  // A minimal recording tells no times; what it holds had ended.
  const endedAt = time >= 0 ? sentAt + time : body === undefined ? undefined : answeredAt
  const isRedirect = status >= 300 && status < 400 && response?.redirectURL
  return {
    sentAt,
    answeredAt,
    endedAt,
    hasFailed,
    isAborted: /abort|cancel/i.test(response?._failureText ?? response?._error ?? ''),
    pageref: entry.pageref,
    frameref: entry._frameref,
    method: request.method,
    url: request.url,
    resourceType,
    isFramed: framed[headerOf(requestHeaders, 'sec-fetch-dest')],
    requestHeaders,
    requestBody: bodyOfRequest(entry, attached),
    status,
    headers,
    redirectedTo: isRedirect ? URL.parse(response.redirectURL, request.url)?.href : undefined,
    body,
  }
}

const framed: Readonly<Record<string, boolean | undefined>> = {
  document: false,
  iframe: true,
  frame: true,
  embed: true,
  object: true,
}

/** As the browsers' protocols name them. Where no recorder tells, the request's own headers do. */
function typeOf({ _resourceType }: Entry, request: Headers, response: Headers): string {
  if (_resourceType) return _resourceType
  const destination = headerOf(request, 'sec-fetch-dest')
  if (destination === 'empty' || 'x-requested-with' in request) return 'fetch'
  if (destination) return destination in framed ? 'document' : (destinations[destination] ?? 'other')
  if (headerOf(request, 'accept').startsWith('text/html')) return 'document'
  const [kind = ''] = headerOf(response, 'content-type').split('/')
  return ['image', 'font'].includes(kind) ? kind : 'fetch'
}

const destinations: Readonly<Record<string, string>> = {
  audio: 'media',
  font: 'font',
  image: 'image',
  manifest: 'manifest',
  script: 'script',
  style: 'stylesheet',
  track: 'texttrack',
  video: 'media',
}

/** No predicate asks for the bodies of pictures, and they are most of a large recording. */
const kept = (resourceType: string) => !['image', 'media', 'font'].includes(resourceType)

function bodyOfRequest({ request: { postData } }: Entry, attached: (file: string) => string | undefined) {
  if (!postData) return undefined
  if (postData._file) return attached(postData._file)
  if (postData.text) return postData.text
  if (postData.params.length === 0) return undefined
  if (!postData.mimeType.startsWith('multipart/')) {
    return new URLSearchParams(postData.params.map(({ name, value }): [string, string] => [name, value])).toString()
  }
  const parts = postData.params.map(
    ({ name, value }) => `--part\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  return `${parts.join('')}--part--\r\n`
}

type Content = NonNullable<Entry['response']>['content']

/** A body that may have been there is never taken for one that was empty. */
function bodyOfResponse(content: Content, headers: Headers, attached: (file: string) => string | undefined) {
  if (content?._file) return attached(content._file)
  const { text, size = -1, encoding } = content ?? {}
  if (!text) return headerOf(headers, 'content-length') === '0' || (text === '' && size <= 0) ? '' : undefined
  return encoding === 'base64' ? Buffer.from(text, 'base64').toString() : text
}

type Headers = Readonly<Record<string, string>>

/** Empty when it was not sent. */
export function headerOf(headers: Headers, name: string): string {
  const value: string | undefined = headers[name]
  return value === undefined ? '' : value
}

/** Names in lower case; those of HTTP/2's own are no headers. Some recorders write a header twice. */
function record(headers: readonly { readonly name: string; readonly value: string }[]): Headers {
  const all: Record<string, string> = {}
  for (const { name, value } of headers) {
    const key = name.toLowerCase()
    if (key.startsWith(':') || all[key] === value) continue
    all[key] = key in all ? `${all[key]}${key === 'set-cookie' ? '\n' : ', '}${value}` : value
  }
  return all
}

const sum = (...parts: readonly number[]) => parts.reduce((total, part) => total + Math.max(0, part), 0)
