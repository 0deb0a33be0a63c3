/** A watch leaves nothing in memory. */
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, createRegotchaFeedback, type RegotchaFeedback, type Watch } from '@regotcha-feedback/core'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import { beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { saysSuccess } from './flows/flow.ts'
import { type Host, type HostPage, hosts, type Session } from './hosts.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const host: Host = hosts[inject('host')]
let browser: Awaited<ReturnType<Host['launch']>>
let sandbox: Sandbox
let first: HostPage
let feedback: RegotchaFeedback

/** Tasks are remembered as long as their tokens are valid: two minutes, but here one second. */
const clock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, Math.min(ms, 1_000)).unref()
    return () => clearTimeout(timer)
  },
}

beforeAll(async () => {
  browser = await host.launch()
  ;({ page: first } = await browser.newPage())
  return () => browser.close()
})

beforeEach(async () => {
  sandbox = await startSandbox()
  feedback = createRegotchaFeedback({ dryRun: true })
  return async () => {
    await feedback.close()
    await sandbox.close()
  }
})

type Arm = (page: HostPage, captcha: { taskId: string; token: string }) => Watch

/** Opens a page with a frame of another site, submits a token there, awaits the verdict and closes the page. */
async function visit(arm: Arm, sessions: Set<Session>): Promise<WeakRef<HostPage>> {
  const page = await host.beside(first)
  const opened = host.sessions(page)
  await page.goto(sandbox.url('iframe-abroad-fetch'))
  const captcha = sandbox.issueTask()
  const watch = arm(page, captcha)
  await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(captcha.token)}`)
  // Not with Puppeteer's click, which waits until the tab is in the foreground.
  await page.evaluate(`document.querySelector('button[type=submit]').click()`)
  expect((await watch.verdict).kind).toBe('accepted')
  await page.close()
  for (const session of opened) sessions.add(session)
  return new WeakRef(page)
}

/** How many of the visited pages can't be garbage-collected, and the sessions that were opened for them. */
async function visited(pages: number, arm: Arm) {
  const sessions = new Set<Session>()
  const references: WeakRef<HostPage>[] = []
  while (references.length < pages) {
    references.push(...(await Promise.all(Array.from({ length: 10 }, () => visit(arm, sessions)))))
  }
  const alive = async () => {
    await setImmediate()
    collectGarbage()
    return references.filter((reference) => reference.deref()).length
  }
  return { sessions, alive }
}

/** With `HEAP=whole` the test takes minutes. */
const isWhole = process.env.HEAP === 'whole'
const [pages, watches] = isWhole ? [100, 10_000] : [20, 2_000]
/** Puppeteer itself keeps a few of the last closed pages. */
const few = 10

test('pages are garbage-collected, and their sessions are closed', { timeout: 600_000 }, async () => {
  const watched = await visited(pages, (page, { taskId, token }) =>
    host.watch(page, taskId, { token, feedback, acceptedWhen: saysSuccess }),
  )
  await expect.poll(watched.alive).toBeLessThan(few)
  browser.lookOut({ acceptedWhen: saysSuccess, feedback })
  const lookedAt = await visited(pages, (_, captcha) => feedback.solved(captcha))
  await expect.poll(lookedAt.alive).toBeLessThan(few)
  for (const session of [...watched.sessions, ...lookedAt.sessions]) {
    await expect(session.send('Target.getTargetInfo')).rejects.toThrow(/clos|detach/i)
  }
})

test(`${watches} watches leave the heap as it is`, { timeout: 600_000 }, async () => {
  const count = 10
  const own = createRegotchaFeedback({ dryRun: true, clock })
  const open = await Promise.all(Array.from({ length: count }, () => host.beside(first)))
  const used = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    collectGarbage()
    return process.memoryUsage().heapUsed
  }
  const watch = async (page: HostPage, name: string) => {
    const token = `the token of watch ${name}`
    const { verdict, accept } = host.watch(page, name, { token, feedback: own, acceptedWhen: saysSuccess })
    accept()
    await verdict
  }
  const round = (name: number) => Promise.all(open.map((page, index) => watch(page, `${name} ${index}`)))
  for (let done = 0; done < watches / 10; done += count) await round(done)
  const before = await used()
  for (let done = watches / 10; done < watches; done += count) await round(done)
  // An open one takes some 8,000 bytes.
  expect(((await used()) - before) / watches).toBeLessThan(1_000)
  await own.close()
})
