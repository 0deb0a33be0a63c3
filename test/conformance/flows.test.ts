/** From a click in a real browser to the feedback at the API: the same flows under every host. */
import { randomBytes } from 'node:crypto'
import { createRegotchaFeedback, type RegotchaFeedback, type Verdict, type Watch } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import type { Flow, Scene, Short } from './flows/flow.ts'
import { flows } from './flows/index.ts'
import { type Host, type HostBrowser, hosts } from './hosts.ts'

declare module 'vitest' {
  interface TaskMeta {
    /** What came of a flow, for the table. */
    flow?: { readonly expected: Short; readonly verdict: Short; readonly lacking?: string | undefined }
  }
}

const host: Host = hosts[inject('host')]
/** Verdicts by a predicate come when they come, on a machine however busy; the others by their deadline. */
const patience = { submissionTimeout: 20_000, verdictTimeout: 20_000 }
const deadlines = { submissionTimeout: 2500, verdictTimeout: 2500 }
const isByPredicate = /ed by \w+When$/
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

describe.each(Object.entries(flows))('%s', (_, kind) => {
  for (const [name, flow] of Object.entries(kind)) {
    const lacking = host.lacks.find((capability) => flow.without?.[capability])
    const expected = (lacking && flow.without?.[lacking]) ?? flow.verdict
    const run = flow.pending?.[host.library] ? test.concurrent.fails : test.concurrent
    run(name, async ({ task }) => {
      const { verdict, taskId, token } = await play(flow, expected)
      task.meta.flow = { expected: flow.verdict, verdict: short(verdict), lacking }
      expect(short(verdict), `${verdict}\n${verdict.why.trail.join('\n')}`).toBe(expected)
      const recorded = sandbox.feedback.filter((record) => record.taskId === taskId).map(({ valid }) => valid)
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
  const times = isByPredicate.test(expected) ? patience : deadlines
  let watch: Watch | undefined
  const scene: Scene = {
    host,
    page,
    sandbox,
    token,
    closeContext,
    open: (query = '') => page.goto(sandbox.url(flow.site) + query),
    arm(options) {
      watch = host.watch(page, taskId, { token, feedback, ...times, ...flow.options, ...options })
      return watch
    },
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
