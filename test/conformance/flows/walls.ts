/** What stands before the form, or behind it, that is not about the token. */
import { all, cookie, status, text, url } from '@regotcha-feedback/core'
import { atDashboard, type Flow, type Flows, type Scene, saysSuccess } from './flow.ts'

const accepted = { valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, verdict: 'rejected by rejectedWhen' } as const
const unmatched = { valid: true, verdict: 'undecided: no-match' } as const
const stopped = { verdict: 'undecided: stopped', without: { endings: 'undecided: no-match' } } as const
const onlySuccessKnown = { options: { acceptedWhen: atDashboard } }

/** The browser has a clearance of another day. */
async function comeAgain({ open, page, arm, submit }: Scene) {
  await open()
  await page.evaluate(`document.cookie = 'clearance=stale'`)
  await open()
  arm()
  await submit()
}

async function onceServed({ open, page, arm, submit }: Scene) {
  await open()
  await page.waitForSelector('#served')
  arm()
  await submit()
}

async function onceFramed({ open, page, arm, submit }: Scene) {
  await open()
  await page.waitForSelector('iframe')
  arm()
  await submit()
}

/** Does not wait for where the click leads. */
const inHaste = (scene: Scene) => onceFramed({ ...scene, submit: async () => void scene.submit().catch(() => {}) })

/** Gives a wrong code. */
async function goOn({ open, arm, submit, page }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('[action=code]')
  await page.click('button[type=submit]')
  await page.waitForSelector('.error')
  watch.stop()
}

/** The picture was misread, and the next one is not. */
async function readAgain({ open, arm, submit, page, sandbox }: Scene) {
  await open()
  const watch = arm()
  await submit()
  await page.waitForSelector('.error')
  await submit(sandbox.issueTask({ token: crypto.randomUUID().slice(0, 6) }).token)
  await page.waitForSelector('h1 + p')
  watch.stop()
}

export const walls = {
  'a clearance': { ...accepted, site: 'clearance', options: { acceptedWhen: cookie('clearance') } },
  'a clearance, where there was one': {
    ...accepted,
    site: 'clearance',
    options: { acceptedWhen: cookie('clearance') },
    crawl: comeAgain,
  },
  'a clearance, where there was one, rejected': {
    site: 'clearance',
    valid: false,
    options: { acceptedWhen: cookie('clearance') },
    crawl: comeAgain,
    verdict: 'rejected by rejectedWhen',
  },
  'a wall whose captcha is in a frame': {
    ...accepted,
    site: 'framed-wall',
    options: { acceptedWhen: all(status(200), text('Welcome')) },
    crawl: onceFramed,
  },
  'a wall whose captcha is in a frame, rejected': {
    ...unmatched,
    valid: false,
    site: 'framed-wall',
    options: { acceptedWhen: all(status(200), text('Welcome')) },
    crawl: onceFramed,
  },
  'a wall whose captcha is in a frame, and behind it a page that takes forever': {
    ...unmatched,
    site: 'framed-wall-slow',
    options: { acceptedWhen: all(status(200), text('Welcome')) },
    crawl: inHaste,
  },
  'a wall at the address of the page': {
    ...accepted,
    site: 'clearance',
    options: { acceptedWhen: url('**/clearance/') },
  },
  'a wall at the address of the page, rejected': {
    site: 'clearance',
    valid: false,
    options: { acceptedWhen: url('**/clearance/') },
    verdict: 'rejected by rejectedWhen',
  },
  'another picture after it, by a call': {
    ...stopped,
    valid: false,
    site: 'says-failure',
    ...onlySuccessKnown,
    token: (salt) => salt.slice(0, 6),
    crawl: readAgain,
  },
  'a code that is wrong': {
    ...stopped,
    valid: true,
    site: 'second-factor',
    options: { acceptedWhen: all(status('2xx'), url('**/dashboard')), rejectedWhen: status(403) },
    crawl: goOn,
  },
  'another picture after it, by a form': {
    ...stopped,
    valid: false,
    site: 'says-nothing',
    ...onlySuccessKnown,
    token: (salt) => salt.slice(0, 6),
    crawl: readAgain,
  },
  'another picture after it, in the URL': {
    ...rejected,
    site: 'get-form',
    ...onlySuccessKnown,
    token: (salt) => salt.slice(0, 6),
    crawl: readAgain,
  },
  'a confirmation by the bank, in a frame': { ...unmatched, ...onlySuccessKnown, site: 'bank-frame' },
  'an answer that is asked for again and again': {
    ...unmatched,
    site: 'polled',
    options: { acceptedWhen: saysSuccess },
  },
  'a page that loads itself again and again': { ...unmatched, ...onlySuccessKnown, site: 'refreshed' },
  'a call that verifies, and one that is cut': {
    ...unmatched,
    site: 'two-calls-reset',
    options: { acceptedWhen: saysSuccess },
  },
  'a call that verifies, and one that is never answered': {
    ...unmatched,
    site: 'two-calls-silent',
    options: { acceptedWhen: saysSuccess },
  },
  'a page of which a worker has the shell': { ...accepted, ...onlySuccessKnown, site: 'shell', crawl: onceServed },
  'a page of which a worker has the shell, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'shell',
    crawl: onceServed,
  },
  'a redirect that the script does not follow': { ...accepted, ...onlySuccessKnown, site: 'manual-redirect' },
  'a redirect that the script does not follow, rejected': {
    ...rejected,
    ...onlySuccessKnown,
    site: 'manual-redirect',
  },
} satisfies Record<string, Flow> as Flows
