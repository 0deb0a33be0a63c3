/** Which of several requests that take the token along is the submission, however it is spelled there. */
import { url } from '@regotcha-feedback/core'
import { byJSON, byPage, type Flow, type Flows, type Scene } from './flow.ts'

const accepted = { valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, verdict: 'rejected by rejectedWhen' } as const
const unmatched = { valid: false, verdict: 'undecided: no-match' } as const
const conflicting = { valid: false, verdict: 'undecided: conflict' } as const
const onlySuccessKnown = { options: { acceptedWhen: url('**/dashboard') } }
const byResult = {
  options: {
    acceptedWhen: async ({ json }) => (await json()).result === 'success',
    rejectedWhen: async ({ json }) => (await json()).result === 'failure',
  } satisfies Flow['options'],
}
const asJSON = { options: byJSON }
const imageAnswer = (salt: string) => salt.slice(0, 6)
/** Both `token` and `submittedWhen`. */
const meaning = (end: string, { options }: { readonly options: Flow['options'] }) => ({
  options: { ...options, submittedWhen: ({ url }: { readonly url: string }) => url.endsWith(end) },
})

/** What a solver hands out is a cookie: the crawler sets it, and opens the page behind the wall. */
async function setCookie({ open, page, arm, token }: Scene) {
  await open()
  arm()
  await page.evaluate(`document.cookie = 'waf-token=${token}'`)
  await open('products')
}
const byCookie = {
  acceptedWhen: async ({ text }) => (await text()).includes('Welcome'),
  rejectedWhen: ({ status }) => status === 405,
  token: undefined,
  submittedWhen: ({ url }) => url.endsWith('/products'),
} satisfies Flow['options']

export const copies = {
  'a checkout that posts the form at each change, in one field': { ...accepted, ...byResult, site: 'checkout' },
  'a checkout that posts the form at each change, in one field, rejected': {
    ...rejected,
    ...byResult,
    site: 'checkout',
  },
  'a checkout that posts the form at each change, in one field, of which only the success is known': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'checkout',
  },
  'a checkout that posts the form at each change': { ...accepted, ...byResult, site: 'checkout-direct' },
  'a checkout that posts the form at each change, rejected': { ...conflicting, ...byResult, site: 'checkout-direct' },
  'a checkout that posts the form at each change, known by submittedWhen, too': {
    ...accepted,
    ...meaning('/order', byResult),
    site: 'checkout-direct',
  },
  'a checkout that posts the form at each change, known by submittedWhen, too, rejected': {
    ...rejected,
    ...meaning('/order', byResult),
    site: 'checkout-direct',
  },
  'a recorder of sessions, answered by 204': { ...accepted, ...asJSON, site: 'recorded-204' },
  'a recorder of sessions, answered by 204, rejected': { ...rejected, ...asJSON, site: 'recorded-204' },
  'a recorder of sessions, answered by a success of its own': { ...accepted, ...asJSON, site: 'recorded-success' },
  'a recorder of sessions, answered by a success of its own, rejected': {
    ...rejected,
    ...asJSON,
    site: 'recorded-success',
  },
  'a recorder of sessions, where only the success is known, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'recorded-success',
  },
  'a page that saves itself': { ...accepted, ...asJSON, site: 'draft' },
  'a page that saves itself, rejected': { ...conflicting, ...asJSON, site: 'draft' },
  'a page that saves itself, known by submittedWhen, too, rejected': {
    ...rejected,
    ...meaning('/login', asJSON),
    site: 'draft',
  },
  'a call that looks at the fields, then the form': { ...accepted, options: byPage, site: 'prevalidated' },
  /** The first call may have used the token up. */
  'a call that looks at the fields, then the form, rejected': {
    ...unmatched,
    options: byPage,
    site: 'prevalidated',
  },
  'a call that looks at the fields, then the form, known by submittedWhen, too, rejected': {
    ...rejected,
    ...meaning('/login', { options: byPage }),
    site: 'prevalidated',
  },
  'a call that looks at the fields and is well answered, then the form, rejected': {
    ...conflicting,
    options: { acceptedWhen: byJSON.acceptedWhen },
    site: 'prevalidated',
  },
  'an image, looked at by a GET call, then sent with the form': {
    ...accepted,
    options: byPage,
    token: imageAnswer,
    site: 'checked-by-get',
  },
  'an image, looked at by a GET call, rejected': {
    ...rejected,
    ...asJSON,
    token: (salt) => `k${salt.slice(0, 5)}`,
    site: 'checked-by-get',
  },
  'an image, its characters in capitals': { ...accepted, options: byPage, token: imageAnswer, site: 'capitals' },
  'an image, its characters in capitals, rejected': {
    ...rejected,
    options: byPage,
    token: imageAnswer,
    site: 'capitals',
  },
  "a URL, in axios's encoding": { ...accepted, ...asJSON, token: (salt) => `a:b$c,d[e] f${salt}`, site: 'axios' },
  'a URL, as encodeURI has it': {
    ...accepted,
    ...asJSON,
    token: (salt) => `a/b:c,d=e;f@g h${salt}`,
    site: 'encode-uri',
  },
  'a URL, as encodeURI has it, rejected': {
    ...rejected,
    ...asJSON,
    token: (salt) => `a/b:c,d=e;f@g h${salt}`,
    site: 'encode-uri',
  },
  'a GET call': { ...accepted, ...asJSON, site: 'get-call' },
  'a GET call, rejected': { ...rejected, ...asJSON, site: 'get-call' },
  'calls with a token of another captcha in the body': { ...accepted, ...onlySuccessKnown, site: 'v3-in-body' },
  /** Which of the two was refused nobody can tell. */
  'calls with a token of another captcha in the body, rejected': { ...unmatched, ...asJSON, site: 'v3-in-body' },
  'calls with a token of another captcha in a header': { ...accepted, ...onlySuccessKnown, site: 'v3-in-header' },
  'calls with a token of another captcha in a header, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'v3-in-header',
  },
  'a cookie, set by the crawler': { ...accepted, options: byCookie, crawl: setCookie, site: 'cookie-wall' },
  'a cookie, set by the crawler, rejected': { ...rejected, options: byCookie, crawl: setCookie, site: 'cookie-wall' },
} satisfies Record<string, Flow> as Flows
