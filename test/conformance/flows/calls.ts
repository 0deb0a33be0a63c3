/** More than one call, page or token before it is known: each must be blamed, or praised, for its own. */
import { visible } from '@regotcha-feedback/core'
import { atDashboard, byJSON, type Flow, type Flows, type Scene, saysSuccess, saysWelcome, saysWrong } from './flow.ts'

const good = { valid: true, options: byJSON } as const
const accepted = { ...good, verdict: 'accepted by acceptedWhen' } as const
const onlySuccessKnown = { acceptedWhen: saysSuccess }
const byGraph = {
  acceptedWhen: async ({ json }) => (await json()).data?.signIn !== undefined,
  rejectedWhen: async ({ json }) => (await json()).errors !== undefined,
} satisfies Flow['options']
const stopped = { verdict: 'undecided: stopped', without: { endings: 'undecided: no-match' } } as const

/** The token was refused, so the crawler has another one solved, which is accepted. */
async function tryAgain({ open, arm, submit, page, sandbox }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  await submit(sandbox.issueTask().token)
  await page.waitForSelector('h1 + p')
  watch.stop()
}

/** The same, with a token that looks like none, and a watch for it. */
async function tryAgainWatching({ host, feedback, open, arm, submit, page, sandbox }: Scene) {
  const second = sandbox.issueTask({ token: `the answer ${crypto.randomUUID()}` })
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  const next = host.watch(page, second.taskId, { token: second.token, acceptedWhen: atDashboard, feedback })
  await submit(second.token)
  await next.verdict
  watch.stop()
}

export const calls = {
  'another token after it, which is accepted': {
    ...stopped,
    valid: false,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    crawl: tryAgain,
  },
  'another token after it, which looks like none and has a watch of its own': {
    ...stopped,
    valid: false,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    crawl: tryAgainWatching,
    unrecorded: 'of a watch beside it a HAR knows nothing',
  },
  'another token after it, by a crawler that gave no token': {
    ...stopped,
    valid: false,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard, token: undefined },
    crawl: tryAgain,
  },
  'the same token twice at once': { ...accepted, site: 'twice' },
  'the same token again, when the page had no patience': {
    ...good,
    site: 'impatient',
    verdict: 'undecided: site-error',
  },
  'the same token again, after a fault that used it up': {
    ...good,
    site: 'retry-spent',
    verdict: 'undecided: site-error',
  },
  'the same token again, after a fault': { ...accepted, site: 'retry' },
  'a call that verifies, and one that signs in': {
    ...good,
    site: 'two-calls',
    options: onlySuccessKnown,
    verdict: 'undecided: no-match',
  },
  'a call that verifies, and one that signs in, of which both are asked': {
    ...accepted,
    site: 'two-calls',
    options: { ...onlySuccessKnown, scope: 'page' },
  },
  'a call that verifies, and one that fails': {
    ...good,
    site: 'two-calls-broken',
    options: onlySuccessKnown,
    verdict: 'undecided: no-match',
  },
  'one address for all calls, as with GraphQL': { ...accepted, site: 'graphql', options: byGraph },
  'one address for all calls, as with GraphQL, rejected': {
    valid: false,
    site: 'graphql',
    options: byGraph,
    verdict: 'rejected by rejectedWhen',
  },
  'one address for all calls, known by where the page goes': {
    ...accepted,
    site: 'graphql',
    options: { acceptedWhen: atDashboard, rejectedWhen: byGraph.rejectedWhen },
    without: { scriptURLs: 'undecided: no-match' },
  },
  'a script that has the words of every outcome, by a crawler that gave no token': {
    ...accepted,
    site: 'lazy-words',
    options: { acceptedWhen: saysSuccess, rejectedWhen: saysWrong, token: undefined },
  },
  'what is visible only later': {
    ...accepted,
    site: 'ponderous',
    options: { acceptedWhen: visible('h1 + p', { timeout: 500 }), verdictTimeout: 6_000 },
  },
  'the dashboard in a new tab': {
    ...accepted,
    site: 'new-tab-after',
    options: { acceptedWhen: atDashboard },
  },
  'the dashboard in a new tab, known by its text': {
    ...accepted,
    site: 'new-tab-after',
    options: { acceptedWhen: saysWelcome },
    without: { openedPages: 'undecided: no-match' },
    unrecorded: 'a HAR tells of the document in the new tab, too',
  },
  'a dashboard that is down': {
    ...good,
    site: 'broken-dashboard',
    options: { acceptedWhen: saysWelcome },
    verdict: 'undecided: site-error',
  },
  'a dashboard whose connection is reset': {
    ...good,
    site: 'reset-dashboard',
    options: { acceptedWhen: saysWelcome },
    verdict: 'undecided: site-error',
  },
  '503, where each status over 400 rejects': {
    ...good,
    site: 'maintenance',
    options: { acceptedWhen: atDashboard, rejectedWhen: ({ status = 0 }) => status >= 400 },
    verdict: 'undecided: site-error',
  },
  'a preflight of a URL that has the token': {
    valid: false,
    site: 'preflight-url',
    options: { acceptedWhen: ({ status = 0 }) => status < 300, rejectedWhen: ({ status }) => status === 403 },
    verdict: 'rejected by rejectedWhen',
  },
  'analytics of a URL that has the token': {
    valid: false,
    site: 'tracked-get',
    options: { acceptedWhen: ({ status }) => status === 200 },
    verdict: 'undecided: no-match',
  },
} satisfies Record<string, Flow> as Flows
