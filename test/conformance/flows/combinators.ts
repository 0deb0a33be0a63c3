/** What combinators see, each in both directions where it can tell both. */
import { all, any, cookie, header, json, not, status, text, url, visible } from '@regotcha-feedback/core'
import type { Flow, Flows } from './flow.ts'

const accepted = { valid: true, verdict: 'accepted by acceptedWhen' } as const
const rejected = { valid: false, verdict: 'rejected by rejectedWhen' } as const
const both = (name: string, flow: Pick<Flow, 'site' | 'options'>) => ({
  [name]: { ...accepted, ...flow },
  [`${name}, rejected`]: { ...rejected, ...flow },
})

/** Any Standard Schema will do. */
const success = (expected: boolean) => ({
  '~standard': {
    version: 1,
    vendor: 'ours',
    validate: (value: unknown) =>
      (value as { success?: unknown } | null)?.success === expected ? { value } : { issues: [{ message: 'not so' }] },
  },
})

export const combinators = {
  ...both('a status', { site: 'unprocessable', options: { acceptedWhen: status('2xx'), rejectedWhen: status(422) } }),
  ...both('a URL and a text', {
    site: 'form',
    options: { acceptedWhen: url('**/dashboard'), rejectedWhen: text(/wrong captcha/i) },
  }),
  'a fragment of a URL': {
    ...accepted,
    site: 'hash',
    options: { acceptedWhen: url('**/#/dashboard') },
    without: { scriptURLs: 'undecided: no-match' },
  },
  ...both('JSON of a schema', {
    site: 'leave',
    options: { acceptedWhen: json(success(true)), rejectedWhen: json(success(false)) },
  }),
  'a header': {
    ...accepted,
    site: 'download',
    options: { acceptedWhen: header('content-disposition', /^attachment/), rejectedWhen: text('Wrong captcha') },
  },
  ...both('a cookie in a header', {
    site: 'cookie',
    options: { acceptedWhen: header('set-cookie', /ada/), rejectedWhen: header('set-cookie', /nobody/) },
  }),
  ...both("a cookie in the browser's jar", {
    site: 'cookie',
    options: { acceptedWhen: cookie('session', 'ada'), rejectedWhen: cookie('session', 'nobody') },
  }),
  'something visible': {
    ...accepted,
    site: 'leave',
    options: { acceptedWhen: visible('h1 + p', { timeout: 30_000 }), rejectedWhen: text('Wrong captcha') },
  },
  'something visible, rejected': {
    ...rejected,
    site: 'json',
    options: { acceptedWhen: url('**/dashboard'), rejectedWhen: visible('.error', { timeout: 30_000 }) },
  },
  ...both('all of some, any of others, and not this', {
    site: 'form',
    options: {
      acceptedWhen: all(status(200), url('**/dashboard')),
      rejectedWhen: all(not(url('**/dashboard')), any(status(403), text('Wrong captcha'))),
    },
  }),
  'what cannot be read holds in no combination': {
    ...rejected,
    site: 'form',
    options: { acceptedWhen: any(json(success(true)), not(json(success(false)))) },
    verdict: 'rejected by rejectedWhen',
  },
} satisfies Record<string, Flow> as Flows
