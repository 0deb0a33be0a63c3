/** What the site says of the captcha, and what it says of something else. */
import { captchaAgain, status, url } from '@regotcha-feedback/core'
import { atDashboard, byPage, type Flow, type Flows, type Scene, saysFailure } from './flow.ts'

const onlySuccessKnown = { options: { acceptedWhen: url('**/dashboard') } }
const accepted = { ...onlySuccessKnown, valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { ...onlySuccessKnown, valid: false, verdict: 'rejected by rejectedWhen' } as const
const unmatched = { ...onlySuccessKnown, valid: true, verdict: 'undecided: no-match' } as const
const faulty = { ...onlySuccessKnown, verdict: 'undecided: site-error' } as const
/** A predicate in haste: it looks at nothing that tells one answer from another. */
const hasty = { options: { acceptedWhen: status(200) }, verdict: 'undecided: conflict' } as const
const silence = { ...onlySuccessKnown.options, silence: 'rejected' } as const

/** Clicks once more, and the answer to that tells. */
async function clickTwice({ open, arm, submit, page }: Scene) {
  await open()
  arm()
  await submit()
  await page.waitForSelector('#queued')
  await submit()
}

/** An alert keeps the click waiting until somebody answers it, under Puppeteer for ever. */
async function clickAndGoOn({ page, sandbox, open, arm, submit }: Scene) {
  await page.goto(sandbox.url('form'))
  await open()
  arm()
  void submit().catch(() => {})
}

/** The crawler takes over where the redirect leads. */
async function catchCallback({ intercept, open, arm, submit }: Scene) {
  await intercept((url) => (url.includes('/callback') ? { kind: 'abort' } : undefined))
  await open()
  arm()
  await submit().catch(() => {})
}

const unasked = 'it can not be asked what a page shows of its document'

/** Whoever asked for the dashboard is at the form. */
async function fromBefore({ page, sandbox, open, arm, submit }: Scene) {
  await open()
  await page.goto(`${sandbox.url('leads-back')}?next=/dashboard`)
  arm()
  await submit()
}

/** The crawler goes on without having asked for the verdict. */
async function searchOnceMore({ page, open, arm, submit }: Scene) {
  await open()
  arm()
  await submit()
  await page.waitForSelector('#again')
  await page.click('#again')
}

const unanswered = async ({ open, arm, submit }: Scene) => {
  await open()
  arm()
  await submit().catch(() => {})
}

export const refusals = {
  'in a sentence': { ...rejected, site: 'form' },
  'in a sentence of another language': { ...rejected, site: 'says-german' },
  'in the URL of a redirect': { ...rejected, site: 'says-in-url' },
  "in a vendor's code": { ...rejected, site: 'says-code' },
  'in a message about a field': { ...rejected, site: 'says-message' },
  'in a sentence, where the status would accept': { ...rejected, ...hasty, site: 'says-german' },
  'in a message that a style sheet shows': { ...rejected, site: 'says-by-style' },
  'none, and a message that a style sheet hides': {
    ...unmatched,
    site: 'says-by-style',
    crawl: unanswered, // in a page: a plain call shows nothing
    unplayed: { 'Playwright with Firefox': unasked, 'Puppeteer with Firefox': unasked },
    unrecorded: 'a HAR does not show it either',
  },
  'in a message to a call that a style sheet shows': { ...rejected, site: 'says-by-style-to-a-call' },
  'none, and a message to a call that a style sheet hides': {
    ...unmatched,
    site: 'says-by-style-to-a-call',
    crawl: unanswered, // as above
    unplayed: { 'Playwright with Firefox': unasked, 'Puppeteer with Firefox': unasked },
    unrecorded: 'a HAR does not show it either',
  },
  'a sentence that is about the captcha or something else': { ...unmatched, site: 'names-both' },
  'without a word, and the next search asks for no captcha': {
    ...unmatched,
    valid: false,
    site: 'asks-once',
    crawl: searchOnceMore,
  },
  'in a sentence, beside one that the form always shows': { ...rejected, site: 'warns' },
  'none, beside a sentence that the form always shows': {
    ...unmatched,
    site: 'warns',
    crawl: unanswered, // as above
    unplayed: { 'Playwright with Firefox': unasked, 'Puppeteer with Firefox': unasked },
    unrecorded: 'a HAR has no page that was opened before',
  },
  'a dashboard that the page leaves again': {
    ...unmatched,
    valid: false,
    site: 'guards-itself',
    unplayed: { 'Puppeteer with Firefox': 'a URL that a script sets is noticed up to a second later' },
  },
  'a dashboard that the page does not leave again': {
    ...accepted,
    site: 'guards-itself',
    without: { scriptURLs: 'undecided: no-match' },
  },
  'a dashboard that the server does not show': { ...unmatched, valid: false, site: 'guards-by-status' },
  'a dashboard that the server shows': { ...accepted, site: 'guards-by-status' },
  'back to where the form was, which names the dashboard': {
    ...unmatched,
    valid: false,
    site: 'leads-back',
    crawl: fromBefore,
  },
  'on from where the form was, which names the dashboard': { ...accepted, site: 'leads-back', crawl: fromBefore },
  'without a word': { ...unmatched, valid: false, site: 'says-nothing' },
  'without a word, by a call': { ...unmatched, valid: false, site: 'says-failure' },
  'without a word, where silence rejects': {
    ...rejected,
    site: 'says-nothing',
    options: silence,
    verdict: 'rejected by silence',
  },
  'without a word, by a call, where silence rejects': {
    ...rejected,
    site: 'says-failure',
    options: silence,
    verdict: 'rejected by silence',
  },
  'without a word, known by the captcha that is shown again': {
    ...rejected,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard, rejectedWhen: captchaAgain() },
  },
  'none, where silence would reject': { ...accepted, site: 'says-nothing', options: silence },
  'none, where a captcha that is shown again would reject': {
    ...accepted,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard, rejectedWhen: captchaAgain() },
  },
  'a wrong password, with the captcha again': { ...unmatched, site: 'wrong-password' },
  'a name that is taken, with the captcha again': { ...unmatched, site: 'taken-name' },
  'a form that is too old, with the captcha again': { ...unmatched, site: 'expired-form' },
  "the site's own limit, with the captcha again": { ...unmatched, site: 'rate-limited' },
  "an outage of the captcha's vendor, with the captcha again": { ...unmatched, site: 'vendor-outage' },
  'a name that is taken, where the status would accept': { valid: true, ...hasty, site: 'taken-name' },
  'after a second click, where both predicates hold': {
    valid: false,
    site: 'queued',
    options: { acceptedWhen: async ({ json }) => 'success' in (await json()), rejectedWhen: saysFailure },
    crawl: clickTwice,
    verdict: 'undecided: conflict',
  },
  'a challenge in front of the site': {
    ...faulty,
    valid: true,
    options: { acceptedWhen: atDashboard, rejectedWhen: status(403) },
    site: 'wall-in-front',
  },
  'a challenge in front of the site, of a token that is bad': {
    ...faulty,
    valid: false,
    options: { acceptedWhen: url('**/login') },
    site: 'wall-in-front',
  },
  'a challenge in front of the dashboard': {
    ...accepted,
    site: 'wall-behind',
  },
  'an app that is to take over': {
    ...accepted,
    site: 'to-app',
    options: { acceptedWhen: ({ url }) => url.startsWith('com.example.app:') },
    crawl: unanswered,
    without: { appSchemes: 'undecided: site-error' },
    unplayed: { Puppeteer: 'whether it tells of the redirect before the request has failed is a matter of chance' },
  },
  'an app that is to take over, rejected': {
    ...rejected,
    site: 'to-app',
    options: { acceptedWhen: ({ url }) => url.startsWith('com.example.app:') },
  },
  'a program that does not run': {
    ...accepted,
    site: 'to-dead-port',
    options: { acceptedWhen: ({ url }) => url.includes('/callback') },
    crawl: unanswered,
  },
  'a program that does not run, known by where the redirect leads': {
    ...accepted,
    site: 'to-dead-port',
    options: { acceptedWhen: ({ headers }) => headers.location?.includes('code=') ?? false },
    crawl: unanswered,
  },
  'a callback that the crawler catches': {
    ...accepted,
    site: 'to-callback',
    options: { acceptedWhen: ({ url }) => url.includes('/callback') },
    crawl: catchCallback,
  },
  'an alert, and back': { ...rejected, site: 'alert-and-back', options: byPage, crawl: clickAndGoOn },
  'an alert, and back, of which only the success is known': {
    ...unmatched,
    valid: false,
    site: 'alert-and-back',
    crawl: clickAndGoOn,
  },
  'an alert, and back, accepted': { ...accepted, site: 'alert-and-back', options: byPage, crawl: clickAndGoOn },
} satisfies Record<string, Flow> as Flows
