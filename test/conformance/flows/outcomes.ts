/** What must not be blamed on the token, and what is no submission. */
import { atDashboard, byJSON, byPage, type Flow, type Flows, type Scene, saysSuccess, saysWelcome } from './flow.ts'

const good = { valid: true, options: byPage } as const
const onlySuccessKnown = { options: { acceptedWhen: atDashboard } }
const neverSubmitted = {
  valid: true,
  options: { acceptedWhen: atDashboard },
  verdict: 'undecided: not-submitted',
} as const
const withoutToken = { options: { ...neverSubmitted.options, token: undefined } }

async function leave({ open, arm, page, sandbox }: Scene) {
  await open()
  arm()
  await page.goto(sandbox.url('json'))
}

/** Solves the second captcha too. */
const twice =
  (valid: boolean) =>
  async ({ open, arm, submit, page, sandbox }: Scene) => {
    await open()
    const watch = arm()
    await submit()
    await page.waitForSelector('[action=second]')
    await submit(sandbox.issueTask({ valid }).token)
    await page.waitForSelector(valid ? 'h1 + p' : '[role=alert]')
    watch.stop()
  }

/** A crawler comes again to a site whose dashboard its browser knows. */
async function comeAgain({ open, arm, submit }: Scene) {
  await open('dashboard')
  await open()
  arm()
  await submit()
}

export const outcomes = {
  'a good token, a wrong password': { ...good, site: 'wrong-password', verdict: 'undecided: no-match' },
  'a good token, a user name that is taken': {
    ...good,
    site: 'taken',
    options: { ...byJSON, rejectedWhen: async ({ json }) => (await json()).error === 'captcha' },
    verdict: 'undecided: no-match',
  },
  '500': { ...good, ...onlySuccessKnown, site: 'broken', verdict: 'undecided: site-error' },
  '503': { ...good, ...onlySuccessKnown, site: 'maintenance', verdict: 'undecided: site-error' },
  "429, the site's own limit": { ...good, ...onlySuccessKnown, site: 'busy', verdict: 'undecided: site-error' },
  'a connection that is reset': { ...good, ...onlySuccessKnown, site: 'reset', verdict: 'undecided: site-error' },
  'no answer': { ...good, ...onlySuccessKnown, site: 'silent', verdict: 'undecided: no-answer' },
  'a wall behind the login': { ...good, site: 'login-wall', verdict: 'undecided: no-match' },
  'a second captcha, not solved': { ...good, site: 'second-captcha', verdict: 'undecided: no-match' },
  /** Whose success it is nobody can tell: it looks like a first one that was refused. */
  'a second captcha, accepted': {
    ...good,
    site: 'second-captcha',
    crawl: twice(true),
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-match' },
  },
  'a second captcha, rejected': {
    ...good,
    site: 'second-captcha',
    crawl: twice(false),
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-match' },
  },
  'a dashboard that the browser has, and the site confirms by 304': {
    valid: true,
    site: 'cached-304',
    options: { acceptedWhen: saysWelcome },
    crawl: comeAgain,
    verdict: 'accepted by acceptedWhen',
  },
  'a dashboard that the browser has': {
    valid: true,
    site: 'cached',
    options: { acceptedWhen: saysWelcome },
    crawl: comeAgain,
    verdict: 'accepted by acceptedWhen',
  },
  'predicates that both hold': {
    ...good,
    site: 'form',
    options: { acceptedWhen: () => true, rejectedWhen: () => true },
    verdict: 'undecided: conflict',
  },
  'a predicate that throws': {
    ...good,
    site: 'form',
    options: {
      acceptedWhen: () => {
        throw new Error('boom')
      },
    },
    verdict: 'undecided: predicate-error',
  },
  'a predicate that never answers': {
    ...good,
    site: 'form',
    options: { acceptedWhen: () => new Promise(() => {}), predicateTimeout: 500 },
    verdict: 'undecided: predicate-error',
  },
  'a predicate that asks JSON of a page': {
    ...good,
    valid: false,
    site: 'form',
    options: { acceptedWhen: byJSON.acceptedWhen },
    verdict: 'rejected by rejectedWhen',
  },
  'a page that is left': { ...neverSubmitted, site: 'form', crawl: leave },
  'a page that is left, by a crawler that gave no token': {
    ...neverSubmitted,
    ...withoutToken,
    site: 'form',
    crawl: leave,
  },
  'analytics, and no submission': { ...neverSubmitted, site: 'analytics' },
  'analytics, and no submission, by a crawler that gave no token': {
    ...neverSubmitted,
    ...withoutToken,
    site: 'analytics',
  },
  'a page that asks for news, by a crawler that gave no token': {
    ...neverSubmitted,
    options: { acceptedWhen: saysSuccess, token: undefined },
    site: 'polling',
    crawl: async ({ open, arm }) => {
      await open()
      arm()
    },
  },
  'a token that is only echoed, as a referer and in a cookie': { ...neverSubmitted, site: 'echo' },
  'a form, by a crawler that gave no token': {
    ...good,
    valid: false,
    site: 'form',
    options: { acceptedWhen: atDashboard, token: undefined },
    verdict: 'rejected by rejectedWhen',
  },
  'JSON, by a crawler that gave no token': {
    ...good,
    site: 'json-nested',
    options: { ...byJSON, token: undefined },
    verdict: 'accepted by acceptedWhen',
  },
} satisfies Record<string, Flow> as Flows
