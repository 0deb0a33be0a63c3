/** From a click in a real browser to the feedback at the API: the same flows under every host. */
import { randomBytes } from 'node:crypto'
import { createRegotchaFeedback, type RegotchaFeedback, type Verdict, type Watch } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, describe, expect, inject, test, vi } from 'vitest'
import type { Flow, Scene, Short } from './flows/flow.ts'
import { flows } from './flows/index.ts'
import { type Host, type HostBrowser, hosts } from './hosts.ts'
import type {} from './table.ts'

const host: Host = hosts[inject('host')]
/** Only what comes by deadline must wait for it; the rest comes when it comes, on a machine however busy. */
const times = (expected: Short) => ({
  submissionTimeout: expected === 'undecided: not-submitted' ? 2500 : 20_000,
  verdictTimeout: /deadline|no-match|no-answer|site-error|predicate-error/.test(expected) ? 2500 : 20_000,
})
let browser: HostBrowser
let sandbox: Sandbox
let feedback: RegotchaFeedback

beforeAll(async () => {
  browser = await host.launch()
  sandbox = await startSandbox({ rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 } })
  feedback = createRegotchaFeedback({
    clientKey: sandbox.clientKey,
    baseURL: sandbox.apiURL,
    pace: { perMinute: 60_000, burst: 1000 },
  })
  return async () => {
    await browser.close()
    await feedback.close()
    await sandbox.close()
  }
})

describe.each(Object.entries(flows))('%s', (kind, ofKind) => {
  for (const [name, flow] of Object.entries(ofKind)) {
    const lacking = host.lacks.find((capability) => flow.without?.[capability])
    const expected = (lacking && flow.without?.[lacking]) ?? flow.verdict
    const pending = flow.pending?.[host.library]
    const run = pending ? test.concurrent.fails : test.concurrent
    run(name, async ({ task }) => {
      const { verdict, taskId, token } = await play(flow, expected)
      const recorded = sandbox.feedback.filter((record) => record.taskId === taskId).map(({ valid }) => valid)
      const result = { expected: flow.verdict, verdict: short(verdict), wrong: recorded.includes(!flow.valid) }
      task.meta.flow = { host: inject('host'), kind, flow: name, ...result, lacking, pending }
      expect(short(verdict), `${verdict}\n${verdict.why.trail.join('\n')}`).toBe(expected)
      expect(recorded).toEqual(verdict.kind === 'undecided' ? [] : [flow.valid])
      expect(`${verdict} ${JSON.stringify(verdict)}`).not.toContain(token)
    })
  }
})

/** One flow from the opening of a page to the end of its delivery. */
async function play(flow: Flow, expected: Short) {
  const { page, closeContext } = await browser.newPage()
  const salt = randomBytes(16).toString('hex')
  const { taskId, token } = sandbox.issueTask({ valid: flow.valid, ...(flow.token && { token: flow.token(salt) }) })
  let watch: Watch | undefined
  const scene: Scene = {
    host,
    page,
    sandbox,
    token,
    closeContext,
    open: (query = '') => page.goto(sandbox.url(flow.site) + query),
    arm(options) {
      watch = host.watch(page, taskId, { token, feedback, ...times(expected), ...flow.options, ...options })
      return watch
    },
    reached: () => vi.waitUntil(() => sandbox.submissions.some((submission) => submission.token === token), 20_000),
    intercept: (decide) => host.intercept(page, decide),
    async submit(own = token) {
      await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(own)}`)
      await page.click('button[type=submit]')
    },
  }
  try {
    await (flow.crawl ?? armAndSubmit)(scene)
    if (!watch) throw new Error('the flow armed no watch')
    const verdict = await watch.verdict
    await watch.delivery
    return { verdict, taskId, token }
  } finally {
    await closeContext().catch(() => {})
  }
}

async function armAndSubmit({ open, arm, submit }: Scene) {
  await open()
  arm()
  await submit()
}

const short = (verdict: Verdict): Short =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : (`${verdict.kind} by ${verdict.by}` as Short)
