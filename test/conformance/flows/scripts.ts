/** What the page's script does with the answer to its call. */
import {
  atDashboard,
  byJSON,
  byPage,
  type Flow,
  type Flows,
  type Scene,
  saysSuccess,
  saysWelcome,
  saysWrong,
} from './flow.ts'

const accepted = { valid: true, options: byJSON, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, options: byJSON, verdict: 'rejected by rejectedWhen' } as const

/** The browser has a page to go back to. */
async function fromElsewhere({ page, sandbox, open, arm, submit }: Scene) {
  await page.goto(sandbox.url('form'))
  await open()
  arm()
  await submit()
}

/** The browser may have the next page already. */
const beforehand = {
  ...accepted,
  unrecorded: 'Playwright that records waits forever for the bodies of what was loaded beforehand',
} as const

async function onceReady({ open, page, arm, submit }: Scene) {
  await open()
  await page.waitForSelector('#ready')
  arm()
  await submit()
}

export const scripts = {
  'goes on at once': { ...accepted, site: 'leave' },
  'goes on at once, known by where': { ...accepted, site: 'leave', options: byPage },
  'goes on at once, to a page that takes 50 ms': { ...accepted, site: 'leave-50' },
  'goes on at once, to a page that takes 1500 ms': { ...accepted, site: 'leave-1500' },
  'goes on to a page that was prefetched': { ...beforehand, site: 'prefetched', options: byPage, crawl: onceReady },
  'goes on to a page that was prefetched, of which only the success is known': {
    ...beforehand,
    site: 'prefetched',
    options: { acceptedWhen: atDashboard },
    crawl: onceReady,
  },
  /** The predicates read a body while that page takes over, which in another session of the protocol ends Chromium. */
  'goes on to a page that was prerendered': { ...beforehand, site: 'prerendered', options: byPage, crawl: onceReady },
  'goes on to a page that was prerendered, of which only the success is known': {
    ...beforehand,
    site: 'prerendered',
    options: { acceptedWhen: atDashboard },
    crawl: onceReady,
  },
  'stays with the error': { ...rejected, site: 'leave' },
  'goes on without reading the answer': { ...accepted, site: 'leave-unread' },
  'goes on without reading the answer, rejected': { ...rejected, site: 'leave-unread' },
  'stays, and goes by the status alone': { ...accepted, site: 'unread' },
  'stays, and goes by the status alone, rejected': {
    ...rejected,
    site: 'unread',
    options: { acceptedWhen: saysSuccess },
  },
  'goes on while the answer still comes in': {
    ...accepted,
    site: 'leave-streaming',
    options: { acceptedWhen: saysWelcome, rejectedWhen: saysWrong },
  },
  'goes on while the answer still comes in, rejected': {
    ...rejected,
    site: 'leave-streaming',
    options: { acceptedWhen: saysWelcome, rejectedWhen: saysWrong },
  },
  'goes on before there is an answer, with keepalive': { ...accepted, site: 'leave-keepalive', options: byPage },
  'goes on before there is an answer, with keepalive, rejected': {
    ...rejected,
    site: 'leave-keepalive',
    options: byPage,
  },
  'reloads the page': {
    ...accepted,
    site: 'reload',
    options: { acceptedWhen: saysWelcome },
    without: { ownReloads: 'undecided: no-match' },
  },
  'goes back': {
    ...accepted,
    site: 'back',
    options: { acceptedWhen: ({ kind, url }) => kind === 'navigation' && url.endsWith('/form/') },
    crawl: fromElsewhere,
    without: { openers: 'undecided: no-match' },
    unplayed: {
      'Puppeteer with Firefox': 'it keeps the page or loads it anew, which it tells of as of what the crawler opened',
    },
  },
  'goes back, known by the answer': { ...accepted, site: 'back', crawl: fromElsewhere },
  'pushes a state': {
    ...accepted,
    site: 'json',
    options: { acceptedWhen: atDashboard },
    without: { scriptURLs: 'undecided: no-match' },
  },
  'sets the hash': {
    ...accepted,
    site: 'hash',
    options: { acceptedWhen: ({ url }) => url.endsWith('#/dashboard') },
    without: { scriptURLs: 'undecided: no-match' },
  },
  'reads an answer that takes 600 ms': { ...accepted, site: 'stream' },
  'reads an answer that takes 600 ms, rejected': { ...rejected, site: 'stream' },
  'reads an answer of ten megabytes': { ...accepted, site: 'ten-megabytes-json' },
  'reads an answer of ten megabytes, rejected': { ...rejected, site: 'ten-megabytes-json' },
  'reads a stream that never ends': {
    ...accepted,
    site: 'event-stream',
    options: { acceptedWhen: saysSuccess, predicateTimeout: 1500 },
    verdict: 'undecided: predicate-error',
  },
  'reads a stream that never ends, known by its headers': {
    ...accepted,
    site: 'event-stream',
    options: {
      acceptedWhen: ({ headers }) => headers['content-type'] === 'text/event-stream',
      rejectedWhen: saysWrong,
      predicateTimeout: 1500,
    },
  },
  'writes the answer as its document': {
    ...accepted,
    site: 'document-write',
    options: { acceptedWhen: saysWelcome, rejectedWhen: saysWrong },
  },
  'writes the answer as its document, rejected': {
    ...rejected,
    site: 'document-write',
    options: { acceptedWhen: saysWelcome, rejectedWhen: saysWrong },
  },
  'is told by 422': { ...rejected, site: 'unprocessable' },
  'is told by a cookie': {
    ...accepted,
    site: 'cookie',
    options: { acceptedWhen: ({ headers }) => headers['set-cookie']?.includes('session=ada') ?? false },
  },
  'is told by another cookie': {
    ...rejected,
    site: 'cookie',
    options: {
      acceptedWhen: ({ headers }) => headers['set-cookie']?.includes('session=ada') ?? false,
      rejectedWhen: ({ headers }) => headers['set-cookie']?.includes('session=nobody') ?? false,
    },
  },
  'calls another origin, after a preflight': { ...accepted, site: 'preflight' },
  'calls another origin, after a preflight, rejected': { ...rejected, site: 'preflight' },
  'calls another origin without CORS, known by the status': {
    ...accepted,
    site: 'no-cors',
    options: { acceptedWhen: ({ status }) => status === 200, rejectedWhen: ({ status }) => status === 403 },
  },
  'calls another origin without CORS, known by the status, rejected': {
    ...rejected,
    site: 'no-cors',
    options: { acceptedWhen: ({ status }) => status === 200, rejectedWhen: ({ status }) => status === 403 },
  },
} satisfies Record<string, Flow> as Flows
