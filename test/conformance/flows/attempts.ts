/** Crawlers that try again, and that go on without waiting for the verdict. */
import { atDashboard, byJSON, byPage, type Flow, type Flows, type Scene, saysSuccess } from './flow.ts'

/** Where the token can't be found in the request. */
const byAddress = {
  token: undefined,
  submittedWhen: ({ method, url }: { method: string; url: string }) => method === 'POST' && url.endsWith('/login'),
}

/** It has no patience with the site, and opens it anew for the next token, which is good. */
const tryAgainAt = (site: 'slow-answer' | 'slow-call') => async (scene: Scene) => {
  const { open, arm, submit, reached, page, sandbox } = scene
  await open()
  const watch = arm()
  const clicked = submit()
  await reached()
  await page.goto(sandbox.url(site))
  await clicked
  await submit(sandbox.issueTask({ valid: true }).token)
  await page.waitForSelector('h1 + p')
  watch.stop()
}

/** The token was refused at a site without TLS, and the crawler goes to where an acceptance would lead. */
const toDashboardWithoutTLS =
  (site: 'says-nothing' | 'public-dashboard') =>
  async ({ arm, submit, page, sandbox }: Scene) => {
    const url = sandbox.url(site).replace('127.0.0.1', 'no-tls.test')
    await page.setExtraHTTPHeaders({ referer: url })
    await page.goto(url)
    const watch = arm()
    await submit()
    await page.waitForSelector('.error')
    await page.goto(`${url}dashboard`)
    await page.waitForSelector('h1 + p')
    watch.stop()
  }

const refused = {
  valid: false,
  verdict: 'undecided: stopped',
  unrecorded: 'a recording does not tell who set a referrer',
  unplayed: { 'Puppeteer with Firefox': 'without TLS it tells only a referrer, which is as the crawler set it' },
} as const

export const attempts = {
  'opens the form anew for another token, which nothing but its address tells': {
    valid: false,
    site: 'slow-answer',
    options: { ...byPage, ...byAddress },
    crawl: tryAgainAt('slow-answer'),
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-answer' },
  },
  'opens the page anew for another token, which nothing but its address tells': {
    valid: false,
    site: 'slow-call',
    options: { ...byJSON, ...byAddress },
    crawl: tryAgainAt('slow-call'),
    verdict: 'undecided: stopped',
    without: { endings: 'undecided: no-answer' },
  },
  'tries another token before the first is answered, each known by its address': {
    valid: false,
    site: 'slow-call',
    options: { acceptedWhen: atDashboard, ...byAddress },
    async crawl({ host, feedback, open, arm, submit, reached, page, sandbox }) {
      await open()
      const watch = arm()
      const clicked = submit()
      await reached()
      const { taskId, token } = sandbox.issueTask({ valid: true })
      const { submittedWhen } = byAddress
      const second = host.watch(page, taskId, { feedback, acceptedWhen: atDashboard, submittedWhen })
      await submit(token)
      await clicked
      await page.waitForSelector('h1 + p')
      for (const each of [watch, second]) each.stop()
    },
    verdict: 'undecided: superseded',
    unrecorded: 'a recording does not tell of a second watch',
  },
  'submits two captchas together, of which the other is bad': {
    valid: true,
    site: 'two-captchas',
    options: byPage,
    async crawl({ open, arm, submit, page, sandbox }) {
      const other = sandbox.issueTask({ valid: false }).token
      await open()
      arm()
      await page.evaluate(`document.querySelector('[name=h-captcha-response]').value = '${other}'`)
      await submit()
    },
    verdict: 'undecided: no-match',
  },
  'submits two captchas together, which are good': {
    valid: true,
    site: 'two-captchas',
    options: byPage,
    async crawl({ open, arm, submit, page, sandbox }) {
      const other = sandbox.issueTask({ valid: true }).token
      await open()
      arm()
      await page.evaluate(`document.querySelector('[name=h-captcha-response]').value = '${other}'`)
      await submit()
    },
    verdict: 'accepted by acceptedWhen',
  },
  'leaves for an empty page, before the site has shown all': {
    valid: true,
    site: 'leave-later',
    options: { acceptedWhen: atDashboard },
    async crawl({ open, arm, submit, page }) {
      await open()
      arm()
      await submit()
      await page.waitForSelector('#answered')
      await page.goto('about:blank')
    },
    verdict: 'undecided: no-match',
    unrecorded: 'a recording does not tell of an empty page',
  },
  'goes to the dashboard after a rejection, with a referrer of its own': {
    ...refused,
    site: 'says-nothing',
    options: { acceptedWhen: atDashboard },
    crawl: toDashboardWithoutTLS('says-nothing'),
  },
  'goes to a dashboard that asks for more after a rejection, and gave no token': {
    ...refused,
    site: 'public-dashboard',
    options: { acceptedWhen: saysSuccess, token: undefined },
    crawl: toDashboardWithoutTLS('public-dashboard'),
  },
} satisfies Record<string, Flow> as Flows
