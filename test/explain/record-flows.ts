/**
 * Records visits to the sandbox's sites, accepted and refused, for unseen.test.ts: by the crawler of each
 * conformance flow, each visit with another token, user name and order of cookies. It takes half an hour. Run it again
 * when sites or flows have changed: `node test/explain/record-flows.ts [folder for HARs of the same visits]`.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { brotliCompressSync, constants } from 'node:zlib'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import type { Page } from 'playwright'
import type { Flow, Scene } from '../conformance/flows/flow.ts'
import { flows } from '../conformance/flows/index.ts'
import { hosts } from '../conformance/hosts.ts'
import { armAndSubmit, onStage, startStage } from '../conformance/stage.ts'
import { somebody, typing } from './record-visit.ts'

const [folder = mkdtempSync(`${tmpdir()}/flows-`)] = process.argv.slice(2)
const host = hosts.playwright
const never = () => false

/** Each crawler at each site once, whatever its rules are. */
const scenarios = new Map<string, { readonly name: string; readonly flow: Flow }>()
for (const flow of Object.values(flows).flatMap((ofKind) => Object.values(ofKind))) {
  const { site, crawl, token, options } = flow
  const key = [site, crawl, token, options.submittedWhen, 'token' in options].join()
  const ofSite = [...scenarios.values()].filter((other) => other.flow.site === site).length
  if (!scenarios.has(key)) scenarios.set(key, { name: `${site}${ofSite === 0 ? '' : `-${ofSite}`}`, flow })
}

const sandbox = await startStage()
const feedback = createRegotchaFeedback({ dryRun: true, outbox: 'memory' })
const browser = await host.launch()
process.on('unhandledRejection', () => {}) // a crawler that does not wait for its click

async function until<T>(found: () => T | undefined | false): Promise<T | undefined> {
  for (let left = 100; left > 0; left--) {
    const it = found()
    if (it) return it
    await setTimeout(100)
  }
  return undefined
}

/** The visit's record; `undefined` where the site did not think of the token what it is, or the crawler got stuck. */
async function record(flow: Flow, valid: boolean, path: string): Promise<unknown> {
  const salt = randomBytes(16).toString('hex')
  const { taskId, token } = sandbox.issueTask({ valid, ...(flow.token && { token: flow.token(salt) }) })
  const { page, closeContext } = await browser.newPage(`${path}.har`)
  const own = page as unknown as Page
  own.setDefaultTimeout(8_000)
  const { name, cookies } = somebody(salt, sandbox.url(flow.site))
  await own.context().addCookies(cookies)
  const { submittedWhen } = flow.options
  let verdict: Promise<unknown> | undefined
  const stage = onStage(flow, { host, page, sandbox, feedback, token, closeContext })
  const scene: Scene = {
    ...stage,
    arm() {
      const watch = host.watch(page, taskId, {
        feedback,
        record: `${path}.visits`,
        acceptedWhen: never,
        rejectedWhen: never,
        ...(!('token' in flow.options) && { token }),
        ...(submittedWhen && { submittedWhen }),
        submissionTimeout: 8_000,
        verdictTimeout: 2_500,
      })
      verdict = watch.verdict
      return watch
    },
    reached: () => until(() => sandbox.submissions.some((submission) => submission.token === token)),
    async submit(given) {
      await page.evaluate(typing(name))
      await stage.submit(given)
    },
  }
  try {
    await (flow.crawl ?? armAndSubmit)(scene)
    await verdict
  } catch {
    return undefined
  } finally {
    await closeContext().catch(() => {})
  }
  if (!sandbox.submissions.some((submission) => submission.token === token && submission.accepted === valid)) return
  const file = await until(() => readdirSync(`${path}.visits`).find((file) => file.includes(taskId)))
  return file && JSON.parse(readFileSync(`${path}.visits/${file}`, 'utf8'))
}

/** As lines; none where the crawler has only one kind of visit. */
async function recordAll({ name, flow }: { readonly name: string; readonly flow: Flow }): Promise<readonly string[]> {
  mkdirSync(`${folder}/${name}`, { recursive: true })
  const lines: string[] = []
  for (const n of [0, 1, 2]) {
    for (const outcome of ['accepted', 'rejected']) {
      const path = `${folder}/${name}/${outcome}-${n}`
      const recording = record(flow, outcome === 'accepted', path).catch(() => undefined)
      const visit = await Promise.race([recording, setTimeout(60_000)]) // an answer may never end
      if (!visit) return []
      lines.push(JSON.stringify({ name, outcome, n, visit }))
    }
  }
  return lines
}

const only = process.env.ONLY && new RegExp(process.env.ONLY)
const queue = [...scenarios.values()].filter(({ name }) => !only || only.test(name))
const all: string[] = []
const work = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) {
    const lines = await recordAll(next)
    all.push(...lines)
    console.log(`${next.name}: ${lines.length || 'not of both kinds'}`)
  }
}
await Promise.all([work(), work(), work(), work(), work()])
await Promise.all([browser.close(), feedback.close(), sandbox.close()])
const params = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS }
const file = process.env.ONLY ? `${folder}/flows.jsonl.br` : `${import.meta.dirname}/flows.jsonl.br`
writeFileSync(file, brotliCompressSync(`${all.join('\n')}\n`, { params }))
