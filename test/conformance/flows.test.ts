/** From a click in a real browser to the feedback at the API: the same flows under every host. */
import { randomBytes } from 'node:crypto'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { type ExplainRules, explain } from '@regotcha-feedback/cli/explain'
import {
  type AdapterOptions,
  type Combinator,
  captchaRefused,
  createRegotchaFeedback,
  type RegotchaFeedback,
  type Verdict,
  type Watch,
  type WatchOptions,
} from '@regotcha-feedback/core'
import type { Sandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { elsewhere } from './elsewhere.ts'
import type { Flow, Scene, Short } from './flows/flow.ts'
import { flows, part, selection } from './flows/index.ts'
import { type Host, hosts, type PageOpener } from './hosts.ts'
import { armAndSubmit, onStage, startStage } from './stage.ts'
import type {} from './table.ts'

const hostName = inject('elsewhere') ?? inject('host')
const host: Host<PageOpener> = { ...hosts, ...elsewhere }[hostName]
/**
 * Timeouts are long, because events may be late on a busy machine. Only flows that end by a timeout have short ones.
 */
const patient = { submissionTimeout: 60_000, verdictTimeout: 60_000, predicateTimeout: 60_000 }
/** `pace`: how long the machine took to open the page, in ms. */
function times(expected: Short, pace: number): Partial<WatchOptions> {
  const short = Math.max(2500, 2 * pace)
  if (expected === 'undecided: not-submitted') return { ...patient, submissionTimeout: short }
  const comesByTime = /silence|no-match|no-answer|site-error|predicate-error/.test(expected)
  return comesByTime ? { ...patient, verdictTimeout: short } : patient
}
/** The folder in which to record each flow's visit, for replays without a browser. */
const visits = process.env.RECORD_VISITS
/** The folder with the recordings of a host that records. */
const recordings = host.recordingLacks && mkdtempSync(`${tmpdir()}/recordings-`)
let browser: PageOpener
let sandbox: Sandbox
let feedback: RegotchaFeedback

beforeAll(async () => {
  browser = await host.launch()
  sandbox = await startStage()
  feedback = createRegotchaFeedback({
    clientKey: sandbox.clientKey,
    baseURL: sandbox.apiURL,
    pace: { perMinute: 60_000, burst: 1000 },
  })
  return async () => {
    await browser.close()
    await feedback.close()
    await sandbox.close()
    if (recordings) rmSync(recordings, { recursive: true })
  }
})

const isPlayed = ([title, flow]: [string, Flow]) =>
  inject('elsewhere') ? selection.includes(title) : !inject('part') || part.has(flow)
const played = Object.entries(flows).map(([kind, ofKind]) => [kind, Object.entries(ofKind).filter(isPlayed)] as const)
if (inject('part')) {
  const all = Object.values(flows).flatMap(Object.values).length
  process.stdout.write(`${part.size} of ${all} flows; all of them, under every host: npm run conformance\n`)
}

// Elsewhere flows may share a context, and then only a few go together.
const kinds = inject('elsewhere') ? describe : describe.concurrent

kinds.each(played.filter(([, ofKind]) => ofKind.length > 0))('%s', (kind, ofKind) => {
  for (const [title, flow] of ofKind) {
    const lacking = host.lacks.find((capability) => flow.without?.[capability])
    const expected = (lacking && flow.without?.[lacking]) ?? flow.verdict
    const run = flow.unplayed?.[host.library] || host.unplayed?.[title] ? test.skip : test.concurrent
    run(title, { retry: { count: 1, condition: isLost } }, async ({ task }) => {
      const { verdict, taskId, token, har, rules } = await play(flow, expected)
      const recorded = sandbox.feedback.filter((record) => record.taskId === taskId).map(({ valid }) => valid)
      const result = { expected: flow.verdict, verdict: short(verdict), wrong: recorded.includes(!flow.valid) }
      const isSelected = inject('elsewhere') !== undefined
      task.meta.flow = { host: hostName, isSelected, kind, flow: title, ...result, lacking }
      if (visits) await keepVisit(taskId, { kind, flow: title, verdict: short(verdict) })
      expect(short(verdict), `${verdict}\n${verdict.why.trail.join('\n')}`).toBe(expected)
      expect(recorded).toEqual(verdict.kind === 'undecided' ? [] : [flow.valid])
      expect(`${verdict} ${JSON.stringify(verdict)}`).not.toContain(token)
      expect(verdict.why.predicate).toBe(askedBy(flow, verdict))
      if (har) task.meta.explained = { ...task.meta.flow, ...(await explained(flow, verdict, har, rules)) }
    })
  }
})

/**
 * A browser under load can lose events. Then the verdict must be undecided, and the flow runs again. A wrong verdict
 * is never retried.
 */
const isLost = /expected 'undecided: (?:predicate-error|no-answer|site-error)' to be '(?:accepted|rejected) by/

/** The description of the predicate that decided, if it is a combinator. */
function askedBy({ options }: Flow, verdict: Verdict): string | undefined {
  if (verdict.kind === 'undecided' || verdict.by === 'silence' || verdict.by === 'user') return undefined
  return ((options[verdict.by] as Partial<Combinator> | undefined) ?? captchaRefused()).description
}

/** Runs one flow, from opening a page to the end of its delivery. */
async function play(flow: Flow, expected: Short) {
  const begun = performance.now()
  const har = recordings && !flow.unrecorded && `${recordings}/${randomBytes(8).toString('hex')}.har`
  const { page, closeContext } = await browser.newPage(har || undefined)
  const salt = randomBytes(16).toString('hex')
  const { taskId, token } = sandbox.issueTask({ valid: flow.valid, ...(flow.token && { token: flow.token(salt) }) })
  let watch: Watch | undefined
  let rules = {}
  const scene: Scene = {
    ...onStage(flow, { host, page, sandbox, feedback, token, closeContext }),
    arm(options) {
      rules = {
        token,
        ...times(expected, performance.now() - begun),
        ...flow.options,
        ...options,
        ...(visits && { record: `${visits}/${hostName}/${taskId}` }),
      }
      watch = host.watch(page, taskId, { feedback, ...rules } as AdapterOptions)
      return watch
    },
    reached: () => vi.waitUntil(() => sandbox.submissions.some((submission) => submission.token === token), 60_000),
  }
  try {
    await (flow.crawl ?? armAndSubmit)(scene)
    if (!watch) throw new Error('the flow armed no watch')
    const verdict = await watch.verdict
    await watch.delivery
    await closeContext().catch(() => {})
    return { verdict, taskId, token, har, rules }
  } finally {
    await closeContext().catch(() => {})
  }
}

/** A recording of the flow must have the same verdict, or say why it can't. */
async function explained(flow: Flow, live: Verdict, har: string, rules: ExplainRules) {
  const { verdict, unless, steps } = await explain(har, rules)
  const unrecorded = host.recordingLacks?.find((capability) => flow.without?.[capability])
  const lost = unless.some(({ kind }) => kind === 'unreadable') && short(verdict) === 'undecided: predicate-error'
  const expected = (unrecorded && flow.without?.[unrecorded]) ?? (lost ? short(verdict) : short(live))
  expect(short(verdict), JSON.stringify(steps, null, 1)).toBe(expected)
  const isOpen = unless.length > 0 && verdict.kind !== 'undecided'
  const wrong = !isOpen && verdict.kind === (flow.valid ? 'rejected' : 'accepted')
  expect(wrong).toBe(false)
  const isSame = short(verdict) === short(live)
  const told = isOpen && !isSame ? `perhaps ${short(verdict)}` : short(verdict)
  return {
    host: 'explain, of a HAR',
    verdict: told,
    wrong,
    ...(!isSame && { lacking: unrecorded ?? ('lostBodies' as const) }),
  } as const
}

/** As a line of the host's own file. */
async function keepVisit(taskId: string, of: { kind: string; flow: string; verdict: Short }) {
  const folder = `${visits}/${hostName}`
  const file = await vi.waitUntil(
    () =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
        (name) => name.startsWith(taskId) && name.endsWith('.visit.json'),
      ),
    60_000,
  )
  const visit: unknown = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8'))
  rmSync(`${folder}/${taskId}`, { recursive: true })
  appendFileSync(`${folder}.jsonl`, `${JSON.stringify({ ...of, visit })}\n`)
}

const short = (verdict: Verdict): Short =>
  verdict.kind === 'undecided' ? `undecided: ${verdict.reason}` : (`${verdict.kind} by ${verdict.by}` as Short)
