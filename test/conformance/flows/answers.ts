/** What the site answers to a form. */
import { atDashboard, byPage, type Flow, type Flows, saysWelcome, saysWrong } from './flow.ts'

const accepted = { valid: true, options: byPage, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, options: byPage, verdict: 'rejected by rejectedWhen' } as const
const byStatus: Flow['options'] = {
  acceptedWhen: ({ status }) => status === 200,
  rejectedWhen: ({ status }) => status === 403,
}
const inFrench = {
  site: 'latin',
  options: {
    acceptedWhen: async ({ text }) => (await text()).includes('très cher hôte'),
    rejectedWhen: async ({ text }) => (await text()).includes('Réponse erronée'),
  },
  unrecorded: 'Playwright records what Chromium keeps as if it were UTF-8',
} satisfies Partial<Flow>
const onlySuccessKnown = { acceptedWhen: atDashboard }

export const answers = {
  '302 to the dashboard': { ...accepted, site: 'form' },
  'the form again with an error, status 200': { ...rejected, site: 'form' },
  'the form again with an error, of which only the success is known': {
    ...rejected,
    site: 'form',
    options: onlySuccessKnown,
    verdict: 'rejected by rejectedWhen',
  },
  '301': { ...accepted, site: 'redirect-301' },
  '303': { ...accepted, site: 'redirect-303' },
  'a chain of redirects': { ...accepted, site: 'redirect-chain' },
  'a chain of redirects, rejected': { ...rejected, site: 'redirect-chain' },
  'a redirect to another site': { ...accepted, site: 'redirect-abroad' },
  '307, which posts again': { ...accepted, site: 'repost-307' },
  '307, which posts again, rejected': { ...rejected, site: 'repost-307' },
  '308, which posts again': { ...accepted, site: 'repost-308' },
  '307 to another site': { ...accepted, site: 'repost-abroad' },
  '307 to another site, rejected': { ...rejected, site: 'repost-abroad' },
  'a dashboard that stays': { ...accepted, site: 'bounce' },
  'a dashboard that sends back to the form': {
    ...rejected,
    site: 'bounce',
    options: onlySuccessKnown,
    verdict: 'rejected by rejectedWhen',
  },
  '403': { ...rejected, site: 'forbidden' },
  '204': {
    ...accepted,
    site: 'no-content',
    options: { acceptedWhen: ({ status }) => status === 204, rejectedWhen: saysWrong },
  },
  'a download': {
    ...accepted,
    site: 'download',
    options: { acceptedWhen: ({ headers }) => headers['content-type'] === 'text/csv', rejectedWhen: saysWrong },
  },
  'a redirect by script': { ...accepted, site: 'script-redirect' },
  'a redirect by script, rejected': { ...rejected, site: 'script-redirect' },
  'a redirect by meta refresh': { ...accepted, site: 'meta-refresh' },
  'a redirect by meta refresh, rejected': { ...rejected, site: 'meta-refresh' },
  'an interim page, then a redirect': { ...accepted, site: 'interim' },
  'an interim page, then a redirect, rejected': { ...rejected, site: 'interim' },
  'an answer after 1500 ms': { ...accepted, site: 'slow-answer' },
  'a page that takes 600 ms': { ...accepted, site: 'slow-page', options: { acceptedWhen: saysWelcome } },
  'a page that takes 600 ms, rejected': { ...rejected, site: 'slow-page' },
  'a page of ten megabytes': { ...accepted, site: 'ten-megabytes', options: { acceptedWhen: saysWelcome } },
  'a page of ten megabytes, rejected': { ...rejected, site: 'ten-megabytes' },
  'a page in ISO 8859-1': { ...accepted, ...inFrench },
  'a page in ISO 8859-1, rejected': { ...rejected, ...inFrench },
  'a page that is isolated from its opener': { ...accepted, site: 'isolated', options: { acceptedWhen: saysWelcome } },
  'a page that is isolated from its opener, rejected': { ...rejected, site: 'isolated' },
  'the page itself, at the address of the form': { ...accepted, site: 'challenge', options: byStatus },
  'the form again, at its own address': { ...rejected, site: 'challenge', options: byStatus },
} satisfies Record<string, Flow> as Flows
