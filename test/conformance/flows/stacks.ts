/** What web frameworks put between a form and its answer. */
import { any, not, text, url } from '@regotcha-feedback/core'
import { atDashboard, byPage, type Flow, type Flows, type Scene, saysSuccess } from './flow.ts'

const accepted = { valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, verdict: 'rejected by rejectedWhen' } as const
const unmatched = { valid: true, verdict: 'undecided: no-match' } as const
const onlySuccessKnown = { options: { acceptedWhen: url('**/dashboard') } }
const byAddress = { options: { acceptedWhen: url('**/dashboard'), rejectedWhen: url('**/login') } }
const fromScript = { without: { scriptURLs: 'undecided: no-match' } } as const

/** What becomes of a call whose page is gone, each browser tells in its own way. */
async function untilWelcome({ open, arm, submit, page }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('h1 + p')
  watch.stop()
}

export const stacks = {
  'a call to the address that a rejection would lead to': { ...accepted, ...byAddress, site: 'leave' },
  'a form to the address that a rejection would lead to': { ...accepted, ...byAddress, site: 'form' },
  'a form to the address that a rejection leads to': {
    ...byAddress,
    site: 'form',
    valid: false,
    verdict: 'rejected by rejectedWhen',
  },
  'a call to an address that a rejection would not have': {
    ...rejected,
    site: 'json',
    options: { acceptedWhen: not(url('**/json/')) },
  },
  'a call to an address that is one of two signs': {
    ...accepted,
    site: 'leave',
    options: { acceptedWhen: atDashboard, rejectedWhen: any(url('**/login'), text(/wrong/i)) },
  },
  'a form whose answer goes to a hidden frame, at the address that a rejection would lead to': {
    ...accepted,
    site: 'hidden-iframe',
    options: { acceptedWhen: atDashboard, rejectedWhen: url('**/session') },
  },
  'a redirect that the script follows': { ...accepted, ...onlySuccessKnown, ...fromScript, site: 'server-action' },
  'a redirect that the script follows, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    ...fromScript,
    site: 'server-action',
  },
  'a dashboard that the script has loaded beforehand, where all of the page is asked': {
    ...rejected,
    site: 'preloading',
    options: { ...onlySuccessKnown.options, scope: 'page' },
  },
  'a dashboard that the browser has loaded beforehand, by a crawler that gave no token': {
    ...rejected,
    site: 'link-prefetch',
    options: { ...onlySuccessKnown.options, token: undefined },
  },
  'a page that shows the dashboard before it knows': {
    ...accepted,
    ...fromScript,
    options: { ...onlySuccessKnown.options, verdictTimeout: 2_500 },
    site: 'optimistic',
  },
  'a page that shows the dashboard before it knows, rejected': { ...rejected, ...onlySuccessKnown, site: 'optimistic' },
  'a page that shows the dashboard before it knows, beside an advertisement': {
    ...accepted,
    ...fromScript,
    options: { ...onlySuccessKnown.options, verdictTimeout: 4_000 },
    site: 'optimistic-ad',
  },
  'a page that shows the dashboard before it knows, beside an advertisement, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'optimistic-ad',
  },
  'a page that goes to the dashboard and waits for no answer': {
    ...onlySuccessKnown,
    valid: false,
    site: 'fire-and-go',
    crawl: untilWelcome,
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-answer' },
  },
  /** A script may also show in advance what it expects of a 202, which is no answer yet. */
  '202 that has the redirect in its body': {
    ...unmatched,
    ...onlySuccessKnown,
    site: 'single-fetch',
    verdict: 'undecided: no-answer',
  },
  'a call that verifies, then a form with a wrong password': {
    ...unmatched,
    ...onlySuccessKnown,
    site: 'verify-then-form',
  },
  'a call that verifies, then one with a wrong password': {
    ...unmatched,
    ...onlySuccessKnown,
    site: 'verify-then-call',
  },
  'a call that verifies, then one that always is 200, with a wrong password': {
    ...unmatched,
    ...onlySuccessKnown,
    site: 'verify-then-graphql',
  },
  'a call that verifies, then one that always is 200, by a crawler that gave no token': {
    ...unmatched,
    options: { ...onlySuccessKnown.options, token: undefined },
    site: 'verify-then-graphql',
  },
  'an answer in a stream of events': { ...unmatched, site: 'events', options: { acceptedWhen: saysSuccess } },
  'a form that posts itself to another site': { ...accepted, site: 'form-post', options: byPage },
  'a form that posts itself to another site, which refuses the user': {
    ...unmatched,
    ...onlySuccessKnown,
    site: 'form-post-refused',
  },
} satisfies Record<string, Flow> as Flows
