/** What the crawler does besides, or too late. */
import { setTimeout } from 'node:timers/promises'
import type { Watch } from '@regotcha-feedback/core'
import { armAndSubmit } from '../stage.ts'
import { atDashboard, byJSON, byPage, type Flow, type Flows, type Scene } from './flow.ts'

const ended = { valid: true, options: byJSON } as const
const stopped = {
  valid: false,
  verdict: 'undecided: stopped',
  without: { endings: 'undecided: no-match' },
} as const

/** When the watch is armed the request has left, and been told of; its answer takes 1500 ms. */
async function armLate({ open, arm, submit, reached }: Scene) {
  await open()
  const clicked = submit()
  await reached()
  await setTimeout(400)
  arm()
  await clicked
}

/** Ends the page in some way while a predicate reads a body that stalls. */
const whileReading = (end: (scene: Scene, watch: Watch) => unknown) => async (scene: Scene) => {
  const { promise: reading, resolve } = Promise.withResolvers<void>()
  await scene.open()
  const watch = scene.arm({
    acceptedWhen: async ({ json }) => {
      resolve()
      return (await json()).success
    },
  })
  await scene.submit()
  await reading
  await end(scene, watch)
}

/** Another captcha, at the next site or the same, has nothing to say of the first one's token. */
async function goOn({ open, arm, submit, page, sandbox }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  await page.goto(sandbox.url('form'))
  await submit(sandbox.issueTask({ valid: false }).token)
  await page.waitForSelector('.error')
  watch.stop()
}

/** A token is good once: what the site says the second time is not about the token. */
async function submitAgain({ open, arm, submit, page }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  await submit()
  await page.waitForSelector('[role=alert]')
  watch.stop()
}

/** The form that the browser kept for the way back still has its token. */
async function goBack({ open, arm, submit, page }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  await page.goBack()
  await submit()
  await page.waitForSelector('[role=alert]')
  watch.stop()
}

/** It has no patience with the site. */
const leaveFor =
  (site: 'form' | 'json' | 'slow-answer', path = '') =>
  async ({ open, arm, submit, reached, page, sandbox }: Scene) => {
    await open()
    arm()
    const clicked = submit()
    await reached()
    await page.goto(sandbox.url(site) + path)
    await clicked
  }

/** The token was refused, and then the crawler does something of its own accord, which shows nothing of the token. */
const afterwards = (doing: (scene: Scene) => unknown) => async (scene: Scene) => {
  await scene.open()
  const watch = scene.arm()
  await scene.submit()
  await scene.page.waitForSelector('.error')
  await doing(scene)
  watch.stop()
}

const toDashboard = afterwards(({ page, sandbox }) => page.goto(`${sandbox.url('says-nothing')}dashboard`))

/** Without TLS the browser does not tell a site whose doing a request was. */
const withoutTLS = (url: string) => url.replace('127.0.0.1', 'no-tls.test')

const intercepting = (crawl: (scene: Scene) => unknown) => async (scene: Scene) => {
  await scene.intercept(() => undefined)
  await crawl(scene)
}

/** It waits for events that do not come where the browser kept the page. */
const noWayBack = {
  'Puppeteer with Firefox': "Puppeteer's `goBack()` never returns",
  patchright: "patchright's `goBack()` never returns",
}

const loginOnly = (url: string) => url.endsWith('/login')

export const crawlers = {
  'arms the watch when the request has left': {
    valid: true,
    site: 'slow-answer',
    options: byPage,
    crawl: armLate,
    verdict: 'accepted by acceptedWhen',
  },
  'arms the watch when the request has left, rejected': {
    valid: false,
    site: 'slow-answer',
    options: byPage,
    crawl: armLate,
    verdict: 'undecided: no-match',
    unrecorded: 'a recording does not tell when the watch was armed',
  },
  'answers the request itself': {
    ...ended,
    site: 'json',
    async crawl({ intercept, open, arm, submit }) {
      await intercept((url) => (loginOnly(url) ? { kind: 'fulfil', body: '{"success":true}' } : undefined))
      await open()
      arm()
      await submit()
    },
    verdict: 'accepted by acceptedWhen',
  },
  'aborts the request': {
    ...ended,
    site: 'json',
    async crawl({ intercept, open, arm, submit }) {
      await intercept((url) => (loginOnly(url) ? { kind: 'abort' } : undefined))
      await open()
      arm()
      await submit()
    },
    verdict: 'undecided: site-error',
  },
  'puts the token in by its own interception': {
    ...ended,
    site: 'json',
    async crawl({ intercept, open, arm, submit, token }) {
      // Of the same length: Firefox sends the length that the page's own body had.
      const body = JSON.stringify({ username: '', captcha: token })
      await intercept((url) => (loginOnly(url) ? { kind: 'rewrite', body } : undefined))
      await open()
      arm()
      await submit('x'.repeat(token.length))
    },
    verdict: 'accepted by acceptedWhen',
    without: { rewrittenBodies: 'undecided: not-submitted' },
  },
  'intercepts all, and lets all pass': {
    ...ended,
    site: 'leave',
    async crawl({ intercept, open, arm, submit }) {
      await intercept(() => undefined)
      await open()
      arm()
      await submit()
    },
    verdict: 'accepted by acceptedWhen',
    unplayed: {
      Puppeteer:
        'no bodies are kept while requests are intercepted: whether this one can be read is a matter of chance',
    },
  },
  "removes all listeners of the page's requests and responses": {
    ...ended,
    site: 'json',
    async crawl({ open, arm, page, submit }) {
      await open()
      arm()
      for (const event of ['request', 'response']) page.removeAllListeners(event)
      await submit()
    },
    verdict: 'undecided: not-submitted',
    without: { removals: 'accepted by acceptedWhen' },
  },
  'goes on to another site, where a token is rejected': {
    valid: true,
    site: 'wrong-password',
    options: byPage,
    crawl: goOn,
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-match' },
  },
  'submits the same token again, with another password': {
    valid: true,
    site: 'wrong-password',
    options: byPage,
    crawl: submitAgain,
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-match' },
  },
  'goes back to the form, and submits the same token again': {
    valid: true,
    site: 'wrong-password',
    options: byPage,
    crawl: goBack,
    unplayed: noWayBack,
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-match' },
  },
  'goes to where an acceptance would lead, after a rejection': {
    ...stopped,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    crawl: toDashboard,
  },
  'goes to where an acceptance would lead, after a rejection, and gave no token': {
    ...stopped,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard, token: undefined },
    crawl: toDashboard,
  },
  'goes to where an acceptance would lead, after a rejection, and intercepts all': {
    ...stopped,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    crawl: intercepting(toDashboard),
  },
  'goes to where an acceptance would lead, after a rejection, at a site without TLS': {
    ...stopped,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    async crawl({ arm, submit, page, sandbox }) {
      await page.goto(withoutTLS(sandbox.url('says-nothing')))
      const watch = arm()
      await submit()
      await page.waitForSelector('.error')
      await page.goto(withoutTLS(`${sandbox.url('says-nothing')}dashboard`))
      watch.stop()
    },
  },
  'intercepts all, and lets all pass, at a site that sends no referrer': {
    valid: true,
    site: 'referrerless',
    options: { acceptedWhen: atDashboard },
    crawl: intercepting(armAndSubmit),
    verdict: 'accepted by acceptedWhen',
    without: { hiddenHeaders: 'undecided: no-match' },
  },
  'submits at a site without TLS, which sends no referrer': {
    valid: true,
    site: 'referrerless',
    options: { acceptedWhen: atDashboard },
    async crawl({ arm, submit, page, sandbox }) {
      await page.goto(withoutTLS(sandbox.url('referrerless')))
      arm()
      await submit()
    },
    verdict: 'accepted by acceptedWhen',
    without: { openers: 'undecided: no-match' },
  },
  'reloads the page, after a rejection': {
    ...stopped,
    site: 'says-failure',
    options: { acceptedWhen: ({ kind }) => kind === 'navigation' },
    crawl: afterwards(({ page }) => page.reload()),
  },
  'goes back, and then on to another site': {
    ...stopped,
    valid: true,
    unplayed: noWayBack,
    site: 'form',
    options: { acceptedWhen: ({ kind, url }) => kind === 'navigation' && url.includes('/json') },
    async crawl({ open, arm, submit, page, sandbox }) {
      await open()
      const watch = arm()
      await submit()
      await page.waitForSelector('h1 + p')
      await page.goBack()
      await page.goto(sandbox.url('json'))
      watch.stop()
    },
  },
  'arms the watch, then opens the page, and gave no token': {
    ...stopped,
    site: 'form',
    options: { acceptedWhen: ({ status }) => status === 200, token: undefined },
    async crawl({ open, arm }) {
      const watch = arm()
      await open()
      watch.stop()
    },
    unrecorded: 'a recording with no submission says nothing of when it was armed',
  },
  'leaves while the site still thinks': {
    valid: true,
    site: 'slow-answer',
    options: { acceptedWhen: atDashboard },
    crawl: leaveFor('json'),
    verdict: 'undecided: no-answer',
  },
  'leaves for where a rejection would lead, while the site still thinks': {
    valid: true,
    site: 'slow-answer',
    options: { acceptedWhen: atDashboard, rejectedWhen: ({ url }) => url.endsWith('/error') },
    crawl: leaveFor('slow-answer', 'error'),
    verdict: 'undecided: no-answer',
  },
  'leaves for where an acceptance would lead, while the site still thinks': {
    valid: false,
    site: 'slow-answer',
    options: { acceptedWhen: atDashboard },
    crawl: leaveFor('form', 'dashboard'),
    verdict: 'undecided: no-answer',
  },
  'closes the page before there is an answer': {
    ...ended,
    site: 'silent',
    async crawl({ open, arm, submit, reached, page }) {
      await open()
      arm()
      await submit()
      await reached()
      await page.close()
    },
    verdict: 'undecided: page-closed',
    without: { endings: 'undecided: no-answer' },
  },
  'closes the page while a body is read': {
    ...ended,
    site: 'stalled',
    crawl: whileReading(({ page }) => page.close()),
    verdict: 'undecided: page-closed',
    without: { endings: 'undecided: predicate-error' },
  },
  'closes the context while a body is read': {
    ...ended,
    site: 'stalled',
    crawl: whileReading(({ closeContext }) => closeContext()),
    verdict: 'undecided: page-closed',
    without: { endings: 'undecided: predicate-error' },
  },
  'stops the watch while a body is read': {
    ...ended,
    site: 'stalled',
    crawl: whileReading((_, watch) => watch.stop()),
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: predicate-error' },
  },
} satisfies Record<string, Flow> as Flows
