/** Where the request comes from. */
import { byJSON, byPage, type Flow, type Flows, type Scene } from './flow.ts'

const accepted = { valid: true, options: byPage, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, options: byPage, verdict: 'rejected by rejectedWhen' } as const
const asJSON = { options: byJSON }
const newTab = { site: 'new-tab', without: { newTabs: 'undecided: not-submitted' } } as const
const popup = { site: 'popup', without: { popups: 'undecided: not-submitted' } } as const

/** The page's frame, or its service worker, must be there before the form is submitted. */
const onceThere =
  (selector: string) =>
  async ({ open, page, arm, submit }: Scene) => {
    await open()
    await page.waitForSelector(selector)
    arm()
    await submit()
  }

/** The click must be in the frame, whose only button fills it. */
async function clickFrame({ open, arm, page, token }: Scene) {
  await open()
  await page.waitForSelector('iframe')
  arm()
  await page.evaluate(`frames[0].postMessage(${JSON.stringify(token)}, '*')`)
  await page.click('iframe')
}

export const places = {
  'a frame': { ...accepted, site: 'iframe' },
  'a frame, rejected': { ...rejected, site: 'iframe' },
  'a frame that calls': { ...accepted, ...asJSON, site: 'iframe-fetch' },
  'a frame of another site': { ...accepted, site: 'iframe-abroad' },
  'a frame of another site, rejected': { ...rejected, site: 'iframe-abroad' },
  'a frame of another site that calls': { ...accepted, ...asJSON, site: 'iframe-abroad-fetch' },
  'a frame of another site that calls and goes on': {
    ...accepted,
    ...asJSON,
    site: 'iframe-abroad-leaving',
  },
  'a frame of another site that calls and goes on, rejected': {
    ...rejected,
    ...asJSON,
    site: 'iframe-abroad-leaving',
  },
  'a frame that submits to the top': { ...accepted, site: 'iframe-top', crawl: clickFrame },
  'a frame that submits to the top, rejected': { ...rejected, site: 'iframe-top', crawl: clickFrame },
  'a frame that is removed when it has its answer': { ...accepted, ...asJSON, site: 'iframe-removed' },
  'a form whose answer goes to a hidden frame': { ...accepted, site: 'hidden-iframe' },
  'a form whose answer goes to a hidden frame, rejected': { ...rejected, site: 'hidden-iframe' },
  'a form whose answer goes to a new tab': { ...accepted, ...newTab },
  'a form whose answer goes to a new tab, rejected': { ...rejected, ...newTab },
  'a form whose answer goes to a popup': { ...accepted, ...popup },
  'a form whose answer goes to a popup, rejected': { ...rejected, ...popup },
  'a worker': { ...accepted, ...asJSON, site: 'worker' },
  'a worker, rejected': { ...rejected, ...asJSON, site: 'worker' },
  'a shared worker, which belongs to no page': {
    ...accepted,
    options: byJSON,
    site: 'shared-worker',
    verdict: 'undecided: not-submitted',
  },
  'a call through a service worker': {
    ...accepted,
    ...asJSON,
    site: 'service-worker-fetch',
    crawl: onceThere('#served'),
  },
  'a form through a service worker': {
    ...accepted,
    site: 'service-worker-form',
    crawl: onceThere('#served'),
    without: { workerRedirects: 'undecided: not-submitted' },
  },
  'a form through a service worker, rejected': {
    ...rejected,
    site: 'service-worker-form',
    crawl: onceThere('#served'),
  },
} satisfies Record<string, Flow> as Flows
