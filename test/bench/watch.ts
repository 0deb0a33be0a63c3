/** What a watch costs: a page that loads, a feedback on its way, and memory. */
import { fork, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { type Clock, createRegotchaFeedback, type Watch, type WatchOptions } from '@regotcha-feedback/core'
import type { PageLike } from '@regotcha-feedback/core/adapter'
import { type Host, type HostPage, hosts } from '../conformance/hosts.ts'
import { findChromium } from '../setup/chromium.mjs'
import { alternate, compare } from './rounds.ts'
import type { Dealt } from './sandbox.ts'
import { type Goal, markdown, type Row } from './table.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** A page of 300 images, with one thing or another listening. Times are the page's own, CPU times this process's. */
async function loading(name: string, host: Host, url: string, rounds: number): Promise<Row[]> {
  const browser = await host.launch()
  const { page } = await browser.newPage()
  const feedback = createRegotchaFeedback({ dryRun: true })
  const token = 'a token that no request of the page carries'

  async function bare() {
    await page.goto('about:blank')
    collectGarbage()
    const before = process.cpuUsage()
    await page.goto(url)
    const time = Number(await page.evaluate(`performance.getEntriesByType('navigation')[0].loadEventEnd`))
    const { user, system } = process.cpuUsage(before)
    return { time, cpu: (user + system) / 1000 }
  }

  async function byHand() {
    let accepted = false
    const stop = onResponse(page, (response) => {
      if (response.url().endsWith('/dashboard')) accepted = true
    })
    const sample = await bare()
    stop()
    if (accepted) throw new Error('the gallery has no dashboard')
    return sample
  }

  async function watched(options: Pick<WatchOptions, 'token'>, settled = false) {
    const watch = host.watch(page, 'task', { ...options, acceptedWhen: atDashboard, feedback })
    if (settled) watch.accept()
    const sample = await bare()
    watch.stop()
    await watch.verdict
    return sample
  }

  const samples = await alternate(rounds, {
    bare,
    again: bare,
    byHand,
    token: () => watched({ token }),
    wholePage: () => watched({}),
    settled: () => watched({ token }, true),
  })
  await browser.close()
  await feedback.close()

  return (['time', 'cpu'] as const).flatMap((measure) => {
    const of = (variant: keyof typeof samples) => samples[variant].map((sample) => sample[measure])
    const row = (what: string, ours: keyof typeof samples, base: 'bare' | 'byHand', goal?: Goal): Row => ({
      what: `${name}, ${measure === 'cpu' ? 'CPU of a load' : 'load'}: ${what}`,
      unit: 'ms',
      ...compare(of(ours), of(base)),
      goal,
    })
    const goal = measure === 'time' ? { atMost: 1.02 } : undefined
    return [
      row('bare / bare', 'again', 'bare'),
      row('listener by hand / bare', 'byHand', 'bare'),
      row('watched with token / bare', 'token', 'bare', goal),
      row('watched without token / bare', 'wholePage', 'bare', goal),
      row('after a watch / bare', 'settled', 'bare', goal),
      row('watched with token / listener by hand', 'token', 'byHand', { atMost: 1 }),
      row('watched without token / listener by hand', 'wholePage', 'byHand', { atMost: 1 }),
    ]
  })
}

/** From the site's answer to the arrival of the feedback at the API; much quicker than a load, so twice the rounds. */
async function reporting(name: string, host: Host, rounds: number): Promise<Row[]> {
  const sandbox = fork(`${import.meta.dirname}/sandbox.ts`)
  const [{ baseURL, clientKey, url }] = await once(sandbox, 'message')
  const ask = async (question: 'deal' | Dealt) => {
    sandbox.send(question)
    return (await once(sandbox, 'message'))[0]
  }
  await using feedback = createRegotchaFeedback({ baseURL, clientKey, pace: { perMinute: 60_000, burst: 1000 } })
  const browser = await host.launch()
  const { page } = await browser.newPage()

  /** Submits a token while `arm` watches, until that has delivered. */
  async function submitted(arm: (taskId: string, token: string) => Promise<unknown>) {
    const { taskId, token }: Dealt = await ask('deal')
    await page.goto(url)
    const delivered = arm(taskId, token)
    await page.evaluate(`document.querySelector('[name=g-recaptcha-response]').value = ${JSON.stringify(token)}`)
    await page.click('button[type=submit]')
    await delivered
    return { time: Number(await ask({ taskId, token })) }
  }

  const byHand = (isAccepted: (response: Response) => boolean | Promise<boolean>) => () =>
    submitted(async (taskId) => {
      const { promise: valid, resolve } = Promise.withResolvers<boolean>()
      const stop = onResponse(page, (response) => {
        if (response.url().endsWith('/json/login')) resolve(isAccepted(response))
      })
      const answer = await fetch(`${baseURL}/feedbackTask`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientKey, taskId, result: { valid: await valid } }),
      })
      await answer.json()
      stop()
    })
  const watched = (acceptedWhen: WatchOptions['acceptedWhen']) => () =>
    submitted((taskId, token) => host.watch(page, taskId, { token, acceptedWhen, feedback }).delivery)

  const isOK = (response: Response) => response.status() === 200
  const ofStatus = await alternate(2 * rounds, {
    byHand: byHand(isOK),
    again: byHand(isOK),
    reading: byHand((response) => response.json().then(() => isOK(response))),
    watched: watched(({ status }) => status === 200),
  })
  const succeeded = byHand(async (response) => (await response.json()).success)
  const ofBody = await alternate(2 * rounds, {
    byHand: succeeded,
    again: succeeded,
    watched: watched(async ({ json }) => (await json()).success),
  })
  await browser.close()
  sandbox.disconnect()

  const row = (what: string, ours: readonly Arrival[], base: readonly Arrival[], goal?: Goal): Row => ({
    what: `${name}, answer to feedback ${what}`,
    unit: 'ms',
    ...compare(
      ours.map(({ time }) => time),
      base.map(({ time }) => time),
    ),
    goal,
  })
  const goal = { atMost: 1.15 }
  return [
    row('by status: by hand / by hand', ofStatus.again, ofStatus.byHand),
    row('by status: watched / by hand', ofStatus.watched, ofStatus.byHand),
    row('by status: watched / by hand, which reads the body too', ofStatus.watched, ofStatus.reading, goal),
    row('by JSON body: by hand / by hand', ofBody.again, ofBody.byHand),
    row('by JSON body: watched / by hand', ofBody.watched, ofBody.byHand, goal),
  ]
}

/** A page of 30 frames of another site. Each load has a page of its own: Puppeteer fails to leave such a page at times. */
async function framing(name: string, host: Host, url: string, rounds: number): Promise<Row[]> {
  const browser = await host.launch()
  const feedback = createRegotchaFeedback({ dryRun: true })
  async function load(arm: (page: HostPage) => Watch | undefined) {
    const { page, closeContext } = await browser.newPage()
    const before = process.cpuUsage()
    const watch = arm(page)
    await page.goto(`${url}frames`)
    const time = Number(await page.evaluate(`performance.getEntriesByType('navigation')[0].loadEventEnd`))
    const { user, system } = process.cpuUsage(before)
    watch?.stop()
    await watch?.verdict
    await closeContext()
    return { time, cpu: (user + system) / 1000 }
  }
  const bare = () => load(() => undefined)
  const options = { token: 'a token that is never sent', acceptedWhen: atDashboard, feedback }
  const watched = () => load((page) => host.watch(page, 'task', options))
  const samples = await alternate(rounds, { bare, again: bare, watched })
  await browser.close()
  await feedback.close()
  return (['time', 'cpu'] as const).flatMap((measure) => {
    const of = (variant: keyof typeof samples) => samples[variant].map((sample) => sample[measure])
    const what = `${name}, 30 frames of another site, ${measure === 'cpu' ? 'CPU of a load' : 'load'}`
    return [
      { what: `${what}: bare / bare`, unit: 'ms', ...compare(of('again'), of('bare')) },
      { what: `${what}: watched with token / bare`, unit: 'ms', ...compare(of('watched'), of('bare')) },
    ]
  })
}

/** Watches one after another on one page: what each takes from arming to its verdict, and what it leaves behind. */
async function repeating(name: string, host: Host): Promise<Row[]> {
  const browser = await host.launch()
  const { page } = await browser.newPage()
  // Tasks are remembered for two minutes, which is another row's affair.
  const after: Clock['after'] = (ms, run) => {
    const timer = setTimeout(run, Math.min(ms, 100)).unref()
    return () => clearTimeout(timer)
  }
  const feedback = createRegotchaFeedback({ dryRun: true, clock: { now: () => Date.now(), after } })
  async function watches(count: number) {
    for (let index = 0; index < count; index++) {
      const token = `the token of watch ${index}`
      const { accept, verdict } = host.watch(page, `${index}`, { token, acceptedWhen: atDashboard, feedback })
      accept()
      await verdict
    }
  }
  const used = async () => {
    await new Promise((resolve) => setTimeout(resolve, 500))
    collectGarbage()
    return process.memoryUsage().heapUsed / 1024
  }
  await watches(1000) // code that is compiled is no watch's
  const before = await used()
  const start = performance.now()
  await watches(1000)
  const time = (performance.now() - start) / 1000
  const left = ((await used()) - before) / 1000
  await browser.close()
  await feedback.close()
  return [
    { what: `${name}, 1,000 watches one after another on a page, time of each`, unit: 'ms', value: time },
    { what: `${name}, the same, heap that each leaves`, unit: 'KiB', value: left, goal: { atMost: 1 } },
  ]
}

/** What an open watch keeps, its listeners and promises included: a thousandth of what 1,000 do, on a context each. */
async function holding(name: string, watch: Host['watch']): Promise<Row> {
  const feedback = createRegotchaFeedback({ dryRun: true })
  const browser = new EventEmitter().setMaxListeners(2000)
  const arm = (page: ReturnType<typeof standIn>) =>
    watch(page, 'task', { token: page.token, acceptedWhen: atDashboard, feedback })
  const open = () => Array.from({ length: 1000 }, () => standIn(browser))
  open().forEach(arm) // code that is compiled is no watch's
  const pages = open()
  const used = async () => {
    await setImmediate()
    collectGarbage()
    return process.memoryUsage().heapUsed / 1024
  }
  const before = await used()
  pages.forEach(arm)
  const value = ((await used()) - before) / pages.length
  await feedback.close()
  return { what: `${name}, heap of an open watch`, unit: 'KiB', value, goal: { atMost: 4 } }
}

/** What both libraries' pages have that a watch touches, without a browser. */
function standIn(browser: EventEmitter) {
  const session = Object.assign(new EventEmitter(), { send: async () => {}, detach: async () => {} })
  const context = Object.assign(new EventEmitter(), { newCDPSession: async () => session })
  const frame = {}
  const target = { url: () => '' }
  const page = Object.assign(new EventEmitter(), {
    isClosed: () => false,
    url: () => '',
    frames: () => [],
    context: () => context,
    browser: () => browser,
    browserContext: () => context,
    createCDPSession: async () => session,
    mainFrame: () => frame,
    target: () => target,
    token: randomBytes(402).toString('base64url'),
  })
  return page as typeof page & HostPage
}

const atDashboard: WatchOptions['acceptedWhen'] = ({ url }) => url.endsWith('/dashboard')

interface Arrival {
  readonly time: number
}

interface Response {
  url(): string
  status(): number
  json(): Promise<{ success: boolean }>
}

function onResponse(page: HostPage, listener: (response: Response) => void): () => void {
  const emitter = page as unknown as PageLike
  emitter.on('response', listener)
  return () => void emitter.off('response', listener)
}

/** What a watch costs, next to nothing and next to a listener written by hand. */
export const benchWatch = (rounds: number) =>
  bench(async (name, host, url) => [
    ...(await loading(name, host, url, rounds)),
    ...(await reporting(name, host, rounds)),
  ])

/** What it costs on a page of many frames, and what many watches leave behind. */
export const benchFrames = (rounds: number) =>
  bench(async (name, host, url) => [
    await holding(name, host.watch),
    ...(await repeating(name, host)),
    ...(await framing(name, host, url, rounds)),
  ])

async function bench(rowsOf: (name: string, host: Host, url: string) => Promise<readonly Row[]>): Promise<string> {
  const gallery = fork(`${import.meta.dirname}/gallery.ts`)
  const [url] = await once(gallery, 'message')
  const rows: Row[] = []
  for (const [name, host] of Object.entries({ Playwright: hosts.playwright, Puppeteer: hosts.puppeteer }))
    rows.push(...(await rowsOf(name, host, url)))
  gallery.disconnect()
  const { stdout: chromium } = spawnSync(findChromium() ?? '', ['--version'], { encoding: 'utf8' })
  return `Under ${chromium.trim()}.\n\n${markdown(rows)}`
}
