/** The flows that make sense without a page: the site's form, or its call, sent by a watched fetch. */
import { createRegotchaFeedback, type Verdict } from '@regotcha-feedback/core'
import { withRegotchaFeedback } from '@regotcha-feedback/http'
import { type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { afterAll, expect, test } from 'vitest'
import type { Flow, Short } from './flows/flow.ts'
import { flows } from './flows/index.ts'
import type {} from './table.ts'

/** Started before the tests are collected: which flows are played is seen by their pages. */
const sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
const feedback = createRegotchaFeedback({
  clientKey: sandbox.clientKey,
  baseURL: sandbox.apiURL,
  outbox: 'memory',
  pace: { perMinute: 60_000, burst: 1000 },
})

afterAll(async () => {
  await feedback.close()
  await sandbox.close()
})

/** Decided in a page, and undecided here. */
const needPages = new Set([
  'a redirect by script',
  'a redirect by script, rejected',
  'a redirect by meta refresh',
  'a redirect by meta refresh, rejected',
  'an interim page, then a redirect',
  'an interim page, then a redirect, rejected',
  'a page of ten megabytes',
  'a page of ten megabytes, rejected',
  'pushes a state',
  'a form to the address that a rejection leads to',
  'a form that posts itself to another site',
  'a clearance',
  'a challenge in front of the dashboard',
  'something visible',
  'something visible, rejected',
])

type Send = typeof fetch

/** What the scripts of these sites send. */
const calls: Partial<Record<SiteName, (token: string) => readonly [path: string, init: RequestInit]>> = {
  json: (token) => ['login', json({ username: '', captcha: token })],
  taken: (token) => ['login', json({ username: '', captcha: token })],
  'json-nested': (token) => ['login', json({ user: { form: [{ captcha: token }] } })],
  url: (token) => [`login?g-recaptcha-response=${encodeURIComponent(token)}`, { method: 'POST' }],
  header: (token) => ['login', { method: 'POST', headers: { 'x-captcha': token }, body: '{}' }],
  'form-data': (token) => ['login', { method: 'POST', body: formData([['g-recaptcha-response', token]]) }],
}

const json = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

function formData(fields: Iterable<readonly [string, string]>): FormData {
  const form = new FormData()
  for (const [name, value] of fields) form.append(name, value)
  return form
}

/** The form of a page, filled in as its users do; `undefined` where a script sends it, or files or frames do. */
function formOf(page: string, token: string): readonly [action: string, init: RequestInit] | undefined {
  const [, attributes, content = ''] = /<form([^>]*)>([\s\S]*?)<\/form>/.exec(page) ?? []
  if (attributes === undefined || /<script|<iframe|type="file"|target=/.test(page)) return undefined
  const attribute = (name: string) => new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1]
  const fields = [...content.matchAll(/<(?:input|textarea)[^>]*\bname="([^"]*)"/g)].map(
    ([, name = '']) => [name, name === 'g-recaptcha-response' ? token : ''] as const,
  )
  const action = attribute('action') ?? ''
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value]))
  if (attribute('method') !== 'post') return [`${action}?${body}`, {}]
  return [action, { method: 'POST', body: attribute('enctype')?.startsWith('multipart') ? formData(fields) : body }]
}

/** Sends, keeps cookies, and follows redirects as browsers do. */
function visiting(send: Send) {
  const cookies = new Map<string, string>()
  return async function visit(url: string, init: RequestInit = {}): Promise<void> {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await send(url, { ...init, headers: { ...init.headers, cookie }, redirect: 'manual' })
    for (const [, name = '', value = ''] of response.headers
      .getSetCookie()
      .map((set) => /^([^=]+)=([^;]*)/.exec(set) ?? []))
      cookies.set(name, value)
    const location = response.headers.get('location')
    await response.text()
    if (response.status < 300 || response.status >= 400 || !location) return
    await visit(new URL(location, url).href, [307, 308].includes(response.status) ? init : {})
  }
}

/** Each with its form or call; what is beyond that, a crawler does in a page. */
async function submissionOf({ site, token: own, crawl, options }: Flow, token = 'token') {
  if (crawl || own || 'token' in options) return undefined
  return calls[site]?.(token) ?? formOf(await (await fetch(sandbox.url(site))).text(), token)
}

const short = (verdict: Verdict): Short =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : (`${verdict.kind} by ${verdict.by}` as Short)

const all = Object.entries(flows).flatMap(([kind, ofKind]) =>
  Object.entries(ofKind).map(([name, flow]) => ({ kind, name, flow })),
)
const submissions = await Promise.all(all.map(({ flow }) => submissionOf(flow)))
const played = all.filter((_, index) => submissions[index])

for (const { kind, name, flow } of played) {
  test.concurrent(`${kind}: ${name}`, async ({ task }) => {
    const { taskId, token } = sandbox.issueTask({ valid: flow.valid })
    const [path, init] = (await submissionOf(flow, token)) ?? expect.fail()
    const options = { ...flow.options, token, feedback, submissionTimeout: 60_000, verdictTimeout: 6_000 }
    const site = withRegotchaFeedback(
      fetch,
      taskId,
      options as unknown as Parameters<typeof withRegotchaFeedback<typeof fetch>>[2],
    )
    // Some sites break the connection.
    await visiting(site)(new URL(path, sandbox.url(flow.site)).href, init).catch(() => {})
    const verdict = await site.feedback.verdict
    await site.feedback.delivery
    const recorded = sandbox.feedback.filter((record) => record.taskId === taskId).map(({ valid }) => valid)
    const wrong = recorded.includes(!flow.valid)
    const isLacking = verdict.kind === 'undecided' && needPages.has(name)
    task.meta.flow = {
      host: 'http',
      kind,
      flow: name,
      expected: flow.verdict,
      verdict: short(verdict),
      wrong,
      lacking: short(verdict) === flow.verdict ? undefined : 'pages',
    }
    expect(wrong, String(verdict)).toBe(false)
    // It may know what a page leaves open: a page of its own, at the address of the form, is none of a fetch's.
    if (!isLacking && !flow.verdict.startsWith('undecided')) expect(verdict.kind, String(verdict)).not.toBe('undecided')
    if (needPages.has(name)) expect(verdict.kind).toBe('undecided')
    expect(`${verdict} ${JSON.stringify(verdict)}`).not.toContain(token)
  })
}
