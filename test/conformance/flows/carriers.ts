/** How the token travels. */
import { atDashboard, byJSON, byPage, type Flow, type Flows, type Scene } from './flow.ts'

const accepted = { valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, verdict: 'rejected by rejectedWhen' } as const
const asJSON = { ...accepted, options: byJSON }

/** As long as a token, with all that encodings change. */
const spiky = (salt: string) => `${'a+b/c=d e"f\\g&h%i'.repeat(20)}${salt}`

const unseen = { valid: true, verdict: 'undecided: not-submitted' } as const
const toLogin = { token: undefined, submittedWhen: ({ url }: { url: string }) => url.endsWith('/login') }

/** Browsers stream a body only by HTTP/2 or later. */
async function securely({ page, sandbox, arm, submit }: Scene) {
  await page.goto(sandbox.secureURL('streamed-upload'))
  arm()
  await submit()
}

export const carriers = {
  'a urlencoded form': { ...accepted, site: 'form', options: byPage },
  'a urlencoded form, of a token that must be escaped': { ...accepted, site: 'form', options: byPage, token: spiky },
  'a multipart form': { ...accepted, site: 'multipart', options: byPage },
  'a multipart form, rejected': { ...rejected, site: 'multipart', options: byPage },
  'a multipart form with a file': {
    ...accepted,
    site: 'multipart-file',
    options: byPage,
    without: { fileForms: 'undecided: not-submitted' },
  },
  'a GET form': { ...accepted, site: 'get-form', options: byPage },
  'a GET form, rejected': { ...rejected, site: 'get-form', options: byPage },
  FormData: { ...asJSON, site: 'form-data' },
  'FormData with a file': {
    ...asJSON,
    site: 'form-data-file',
    options: byJSON,
    without: { blobBodies: 'undecided: not-submitted' },
  },
  'a URL': { ...asJSON, site: 'url' },
  'a URL, of a token that must be escaped': { ...asJSON, site: 'url', token: spiky },
  'a header': { ...asJSON, site: 'header' },
  JSON: { ...asJSON, site: 'json' },
  'JSON, rejected': { ...rejected, site: 'json', options: byJSON },
  'JSON, of a token that must be escaped': { ...asJSON, site: 'json', token: spiky },
  'nested JSON': { ...asJSON, site: 'json-nested' },
  'JSON that escapes its slashes': { ...asJSON, site: 'json-escaped', token: spiky },
  'a Blob': {
    ...asJSON,
    site: 'blob',
    options: byJSON,
    without: { blobBodies: 'undecided: not-submitted' },
  },
  'five megabytes of JSON': { ...asJSON, site: 'five-megabytes' },
  'gzipped JSON, where no token can be seen': { ...unseen, site: 'gzip', options: byJSON },
  'base64, where no token can be seen': { ...unseen, site: 'base64', options: byJSON },
  'base64, known by submittedWhen': { ...accepted, site: 'base64', options: { ...byJSON, ...toLogin } },
  'a body that is streamed': {
    ...asJSON,
    site: 'streamed-upload',
    crawl: securely,
    without: { streamedBodies: 'undecided: not-submitted' },
  },
  'a body that is streamed, known by submittedWhen': {
    ...accepted,
    site: 'streamed-upload',
    options: { ...byJSON, ...toLogin },
    crawl: securely,
  },
  'a WebSocket, which is no request': { ...unseen, site: 'websocket', options: byJSON },
  'a WebSocket, then analytics, and the page goes on': {
    ...unseen,
    site: 'websocket-leaving',
    options: { acceptedWhen: atDashboard },
  },
  'a WebSocket, then analytics, by a crawler that gave no token': {
    ...unseen,
    valid: false,
    site: 'websocket-leaving',
    options: { acceptedWhen: atDashboard, token: undefined },
  },
  XMLHttpRequest: { ...asJSON, site: 'xhr' },
  'a synchronous XMLHttpRequest': { ...asJSON, site: 'sync-xhr' },
  sendBeacon: { ...accepted, site: 'beacon', options: byPage },
  'sendBeacon of a Blob': {
    ...accepted,
    site: 'beacon-blob',
    options: byPage,
    without: { blobBodies: 'undecided: not-submitted' },
  },
  'a short token': { ...accepted, site: 'form', options: byPage, token: (salt) => salt.slice(0, 6) },
} satisfies Record<string, Flow> as Flows
