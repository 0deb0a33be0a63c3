/** Runs the examples, and checks that the code in README and docs is part of them. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { outboxContract } from '@regotcha-feedback/core/outbox'
import { beforeEach, describe, expect, test } from 'vitest'
import { openKeyValueOutbox } from '../../examples/key-value-outbox.ts'
import { findChromium } from '../setup/chromium.mjs'
import { findFirefox } from '../setup/firefox.mjs'

const root = resolve(import.meta.dirname, '../..')
/** `pnpm packages` runs them in a user's project. */
const examples = process.env.EXAMPLES ?? `${root}/examples`
const env = { ...process.env, CHROMIUM_PATH: findChromium(), FIREFOX_PATH: findFirefox() }

async function runExample(name: string, ...flags: string[]): Promise<string> {
  const run = promisify(execFile)(process.execPath, [...flags, `${examples}/${name}.ts`], { env })
  const { stdout, stderr } = await run
  expect(stderr.replace(ofUndecided, '')).toBe('')
  return stdout
}

/** The warning about an undecided verdict without a listener. */
const ofUndecided = /^\(node:\d+\) Warning: regotcha-feedback: \S+ at \S+ is undecided .*\n(?:\(Use `node .*\n)?/gm

/** Makes an example import Puppeteer 24 instead of Puppeteer. */
const withPuppeteer24 = `--import=data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module'
  const puppeteer24 = '${import.meta.resolve('puppeteer-24')}'
  registerHooks({ resolve: (name, context, next) => next(name === 'puppeteer' ? puppeteer24 : name, context) })
`)}`

test.concurrent.each([
  ['playwright'],
  ['patchright'],
  ['puppeteer'],
  ['puppeteer', withPuppeteer24],
  ['puppeteer-extra'],
])('%s: accepted, and recorded by the API', async (name, ...flags) => {
  expect(await runExample(name, ...flags)).toMatch(
    /^accepted: acceptedWhen held: url\(\*\*\/dashboard\), on .*\/form\/dashboard\nthe API recorded task_\w+: valid true\n$/,
  )
})

test.skipIf(!env.FIREFOX_PATH).concurrent('webdriver-bidi: a third-party adapter', async () => {
  expect(await runExample('webdriver-bidi')).toMatch(
    /^accepted: acceptedWhen held, on .*\/form\/dashboard\nrejected: rejectedWhen held, on .*\/form\/login\nthe API recorded task_\w+: valid true\nthe API recorded task_\w+: valid false\n$/,
  )
})

test.concurrent('crawlee-playwright: a rejected token is retried with a new task', async () => {
  expect(await runExample('crawlee-playwright')).toMatch(
    /^try 1: rejected: .*\ntry 2: accepted: .*\n0 pending\nthe API recorded task_\w+: valid false\nthe API recorded task_\w+: valid true\n$/,
  )
})

test.concurrent('crawlee-puppeteer: the page stays open until a slow site answers', async () => {
  expect(await runExample('crawlee-puppeteer')).toMatch(/^0 pending\nthe API recorded task_\w+: valid true\n$/)
})

test.concurrent('playwright.spec: passes under Playwright Test, with its verdict in the report', async () => {
  const output = mkdtempSync(`${tmpdir()}/playwright-test-`)
  const { stdout } = await promisify(execFile)(
    `${examples}/node_modules/.bin/playwright`,
    ['test', 'playwright.spec.ts', '--reporter=json', `--output=${output}`],
    { cwd: examples, env },
  )
  rmSync(output, { recursive: true })
  expect(stdout).toMatch(/"description": "accepted: acceptedWhen held: url\(\*\*\/dashboard\), on .*\/form\/dashboard"/)
  expect(stdout).toMatch(/the API recorded task_\w+: valid true/)
})

test.concurrent.each([
  ['recaptcha', 'recaptcha'],
  ['playwright-extra', 'recaptcha'],
  ['solved', 'form'],
])('%s: accepted with no code at the page, and recorded by the API', async (name, site) => {
  expect(await runExample(name)).toMatch(
    new RegExp(
      `^accepted: acceptedWhen held: url\\(\\*\\*/dashboard\\), on .*/${site}/dashboard\\nthe API recorded task_\\w+: valid true\\n$`,
    ),
  )
})

test.concurrent('combinators: the verdict says what held', async () => {
  expect(await runExample('combinators')).toMatch(
    /^accepted: acceptedWhen held: any\(all\(url\(\*\*\/dashboard\), not\(status\(5xx\)\)\), json\(zod schema\)\), on .*\/form\/dashboard\n/,
  )
})

test.concurrent('sites: each page is judged by the rule of its site', async () => {
  const output = await runExample('sites')
  expect(output).toMatch(/^form: accepted: .*\njson: rejected: .*\nmirror: undecided \(no-rule\): .*\n/)
  expect(output.match(/the API recorded/g)).toHaveLength(2)
})

test.concurrent('recipes: each distinguishes a good token from a bad one', async () => {
  const output = await runExample('recipes')
  expect(output.match(/good token: accepted: /g)).toHaveLength(9)
  expect(output.match(/bad token: rejected: /g)).toHaveLength(9)
})

test.concurrent('report: recorded without a browser', async () => {
  expect(await runExample('report')).toMatch(
    /: recorded at attempt 1\n0 pending\nthe API recorded task_\w+: valid true\n$/,
  )
})

test.concurrent('fetch: the answer is judged, and the user can still read it', async () => {
  expect(await runExample('fetch')).toMatch(
    /^\{ success: true \}\naccepted: acceptedWhen held: json\(zod schema\), on .*\/json\/login\nthe API recorded task_\w+: valid true\n$/,
  )
})

test.concurrent.each([
  ['forwarded', 'json/login'],
  ['page-request', 'form/dashboard'],
])('%s: the answer is accepted, and recorded by the API', async (name, page) => {
  expect(await runExample(name)).toMatch(
    new RegExp(`^accepted: acceptedWhen held: .*/${page}\\nthe API recorded task_\\w+: valid true\\n$`),
  )
})

test.concurrent('judge: one answer accepts, the other refuses in words, and the user can still read both', async () => {
  expect(await runExample('judge')).toMatch(
    /^\{ success: true \} accepted: .*\n\{ success: false, error: 'captcha' \} rejected: .*captchaRefused\(\).*\nthe API recorded task_\w+: valid true\nthe API recorded task_\w+: valid false\n$/,
  )
})

test.concurrent('crawlee-cheerio: judges the answers of a crawler without a browser, and retries a rejected token', async () => {
  expect(await runExample('crawlee-cheerio')).toMatch(
    /^try 1: rejected: .*\ntry 2: accepted: .*\nthe API recorded task_\w+: valid false\nthe API recorded task_\w+: valid true\n$/,
  )
})

test.concurrent('crawlee-steered: slows down when a site’s rate falls, and stops buying tokens if it stays low', async () => {
  expect(await runExample('crawlee-steered')).toMatch(
    /^\S+ accepted 1 of its latest 4 tokens: slower\n(\S+ accepted 3 of 10 tokens: none is bought\n){2}(the API recorded task_\w+: valid true\n){3}(the API recorded task_\w+: valid false\n){7}$/,
  )
})

test.concurrent('vanishing-disk: everything is delivered on the platform’s signal, or by the next run', async () => {
  expect(await runExample('vanishing-disk')).toMatch(
    /^6 delivered, 0 left to the next run\n0 delivered, 3 left to the next run\n3 delivered, 0 left to the next run\n(?:the API recorded task_\w+: valid true\n){9}$/,
  )
})

describe('the key-value outbox', () => {
  const values = new Map<string, unknown>()
  const open = () =>
    openKeyValueOutbox({
      // Like a remote store: it returns a copy of what was stored.
      getValue: async (key) => structuredClone(values.get(key) ?? null) as never,
      setValue: async (key, value) => void values.set(key, structuredClone(value)),
    })
  beforeEach(() => values.clear())

  test.each(outboxContract())('$name', async ({ check }) => check((await open()).outbox))

  test('the next run has the pending, held and completed feedback', async () => {
    const of = (taskId: string) => ({ taskId, valid: true, decidedAt: Date.now(), expiresAt: Date.now() + 60_000 })
    const { outbox, saved } = await open()
    for (const taskId of ['pending', 'ended']) outbox.add(of(taskId))
    for (const taskId of ['held', 'released', 'dropped']) outbox.hold(of(taskId))
    await outbox.settle({ ...of('ended'), attempts: 1 }, { kind: 'expired' })
    await outbox.release('released')
    await outbox.drop('dropped')
    await saved()
    const next = (await open()).outbox
    expect(await next.pending()).toBe(2)
    expect(await next.held()).toMatchObject([{ taskId: 'held' }])
    expect(next.add(of('ended'))).toMatchObject({ kind: 'known', ending: { kind: 'expired' } })
    expect(next.add(of('dropped'))).toMatchObject({ kind: 'known', ending: { kind: 'dropped' } })
  })
})

test.concurrent('migrating: the hand-written code rejects the token for a wrong password, the watch does not', async () => {
  expect(await runExample('migrating')).toMatch(
    /^by hand: false\nwatched: undecided \(no-match\): .*\nthe API recorded task_\w+: valid false\n$/,
  )
})

test.concurrent('dry-run: shows what the predicates would have said, and sends nothing', async () => {
  const output = await runExample('dry-run')
  expect(output).toMatch(/^undecided \(no-match\)/)
  expect(output).toMatch(/response 200 .*\/form\/dashboard: acceptedWhen did not hold, rejectedWhen did not hold/)
  expect(output).not.toContain('the API recorded')
})

test.concurrent('demo: both adapters, every kind of verdict, and nothing undecided at the API', async () => {
  const output = await runExample('demo')
  for (const adapter of ['Playwright', 'Puppeteer']) expect(output).toContain(`${adapter}: a good token`)
  expect(output.match(/verdict {2}accepted/g)).toHaveLength(2)
  expect(output.match(/verdict {2}rejected/g)).toHaveLength(4)
  expect(output.match(/verdict {2}undecided/g)).toHaveLength(2)
  expect(output).toContain('8 tasks, 6 feedbacks recorded, each once; 2 undecided, nothing sent.')
})

const pages = ['README.md', ...readdirSync(`${root}/docs`).map((page) => `docs/${page}`)]
const withCode = pages.filter((page) => page.endsWith('.md') && snippetsIn(page).length > 0)

test.each(withCode)('each TypeScript snippet in %s is part of an example', (page) => {
  for (const [, path, code = ''] of snippetsIn(page)) {
    expect(path, `a path as the first line of: ${code}`).toBeDefined()
    const example = readFileSync(`${root}/${path}`, 'utf8')
    for (const part of code.split('…\n')) expect(example).toContain(part.trim())
  }
})

/** Each snippet, with the path in its first line, if there is one. */
function snippetsIn(page: string) {
  return [...readFileSync(`${root}/${page}`, 'utf8').matchAll(/```ts\n(?:\/\/ (\S+\.ts)\n)?([\s\S]*?)```/g)]
}
