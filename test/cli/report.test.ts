/** The report, opened in a browser. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chromiumArgs, findChromium } from '../setup/chromium.mjs'
import { type Desk, openDesk } from './desk.ts'
import { writeHistory } from './history.ts'

let browser: Browser
let desk: Desk
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: chromiumArgs })
  desk = await openDesk()
})
afterAll(async () => {
  await browser.close()
  await desk[Symbol.asyncDispose]()
})

/** Writes the report of a history and opens it. The page must make no requests and log no errors. */
async function open(
  name: string,
  options: Parameters<Browser['newContext']>[0] = {},
  history?: Parameters<typeof writeHistory>[1],
) {
  const outbox = `${desk.directory}/${name}.sqlite`
  writeHistory(outbox, history)
  expect(await desk.run(['report', `${name}.html`, '--outbox', outbox])).toMatchObject({ code: 0, stderr: '' })
  return view(`file://${desk.directory}/${name}.html`, options)
}

async function view(url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  page.on('console', (message) => asked.push(message.text()))
  await page.goto(url)
  expect(asked).toEqual([url])
  return page
}

/** Accessibility. To describe what passes would take most of the time; without frames, one page is enough. */
async function violationsOn(page: Page): Promise<readonly string[]> {
  const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] }).setLegacyMode()
  const { violations } = await axe.analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`)
}

const charts = [
  'Acceptance over time',
  'Acceptance by site',
  'Verdicts by predicate',
  'Why verdicts stayed undecided',
  'Time from solve to verdict',
  'Feedback by state',
  'Dead letters',
  'Deliveries over time',
  'Time from verdict to delivery',
  'Attempts for a delivery',
]

test.each([
  { colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { colorScheme: 'dark', viewport: { width: 390, height: 800 } },
] as const)('each chart has a name, a sentence and a table: $colorScheme, $viewport.width wide', async (options) => {
  const page = await open(`busy-${options.colorScheme}`, { ...options, javaScriptEnabled: true })
  for (const name of charts) {
    const chart = page.getByRole('img', { name })
    await expect(chart.isVisible()).resolves.toBe(true)
    expect(await chart.locator('svg:visible').count()).toBe(1)
    const says = await chart.getAttribute('aria-describedby')
    expect(await page.locator(`#${says}`).textContent()).toMatch(/.{20}/)
    await page.getByText(`The numbers behind “${name}”`).focus()
    await page.keyboard.press('Enter')
    await expect(page.getByRole('region', { name: `${name}, as a table` }).isVisible()).resolves.toBe(true)
  }
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  expect(await violationsOn(page)).toEqual([])
  await page.context().close()
})

test('it says what to do about each site’s undecided verdicts, and shows no page URL', async () => {
  const page = await open('next-steps', {}, { site: 'shop.example', count: 400 })
  const step = page.getByRole('region', { name: 'What to do next, site by site' }).getByRole('listitem')
  expect(await step.textContent()).toMatch(
    /^shop\.example: \d+ undecided, most often not-submitted \(\d+\)\. POST shop\.example took another token: is token the right one\? regotcha-feedback list --undecided --site shop\.example\s*$/,
  )
  await page.context().close()
})

test('it links the record of a site’s latest undecided visit', async () => {
  const visits = `${desk.directory}/visits`
  const outbox = `${desk.directory}/visits.sqlite`
  mkdirSync(visits)
  writeHistory(outbox, { site: 'shop.example', count: 400 })
  const undecided = await desk.json('list', '--undecided', '--limit', '400', '--outbox', outbox)
  const of = undecided.filter(({ reason }: { reason: string }) => reason === 'not-submitted').slice(1, 3)
  for (const { taskId } of of) writeFileSync(`${visits}/2026-11-28T00-00-00-000Z-${taskId}.visit.json`, '{}')
  await desk.run(['report', 'visits.html', '--outbox', outbox, '--visits', visits])
  const page = await view(`file://${desk.directory}/visits.html`)
  const latest = `${visits}/2026-11-28T00-00-00-000Z-${of[0].taskId}.visit.json`
  expect(await page.getByRole('link', { name: 'the latest visit' }).getAttribute('href')).toBe(`file://${latest}`)
  expect(await page.getByText(`regotcha-feedback explain ${latest}`).isVisible()).toBe(true)
  expect(await violationsOn(page)).toEqual([])
  await page.context().close()
})

test('it needs no script, and prints in the light theme with whole tables if they are open', async () => {
  const page = await open('printed', { javaScriptEnabled: false, colorScheme: 'dark' })
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Token acceptance')
  expect(readFileSync(`${desk.directory}/printed.html`, 'utf8')).not.toMatch(/<script|https?:\/\//)
  await page.emulateMedia({ media: 'print' })
  await page.setViewportSize({ width: 688, height: 1000 }) // A4 without its margins
  const colour = (selector: string) => page.locator(selector).evaluate((element) => getComputedStyle(element).color)
  expect(await colour('h1')).toBe('rgb(21, 24, 30)')
  expect(await page.locator('summary').first().isVisible()).toBe(false)
  const tables = page.locator('figure table')
  expect(await tables.first().isVisible()).toBe(false)
  await page.locator('details').evaluateAll((all) => {
    for (const details of all) details.setAttribute('open', '')
  })
  for (const table of await tables.all()) {
    const { x, width } = (await table.boundingBox()) ?? { x: 0, width: 0 }
    expect(width).toBeGreaterThan(100)
    expect(x + width).toBeLessThanOrEqual(688)
    expect(await table.evaluate(({ parentElement: box }) => box && box.scrollHeight - box.clientHeight)).toBe(0)
  }
  await page.context().close()
})

test('without history, it says what it will show', async () => {
  const page = await open('empty', {}, { count: 0 })
  expect(await page.getByRole('heading', { level: 2 }).allInnerTexts()).toEqual(['Nothing to report yet'])
  expect(await page.getByRole('img').count()).toBe(0)
  expect(await violationsOn(page)).toEqual([])
  await page.context().close()
})

test('names of sites and predicates are escaped', async () => {
  const site = '<img src=x onerror=alert(1)>"\''
  const page = await open('hostile', {}, { count: 50, site })
  expect(await page.locator('img').count()).toBe(0)
  await page.locator('#sites summary').click()
  expect(await page.locator('#sites tbody th').first().textContent()).toBe(site)
  await page.context().close()
})

test('twenty thousand records make a small page', async () => {
  const outbox = `${desk.directory}/huge.sqlite`
  writeHistory(outbox, { count: 20_000 })
  writeFileSync(`${desk.directory}/huge.html`, 'one that all may read', { mode: 0o644 })
  expect(await desk.run(['report', 'huge.html', '--outbox', outbox])).toMatchObject({ code: 0 })
  expect(statSync(`${desk.directory}/huge.html`).mode & 0o777).toBe(0o600)
  expect(statSync(`${desk.directory}/huge.html`).size).toBeLessThan(1_000_000)
})

test('it can be piped, and --json prints its numbers', async () => {
  const outbox = `${desk.directory}/piped.sqlite`
  writeHistory(outbox, { count: 200 })
  const { stdout } = await desk.runBinary(['report', '-', '--outbox', outbox])
  expect(stdout).toMatch(/^<!doctype html>[\s\S]+<\/html>\n+$/)
  const { verdicts, sites } = await desk.json('report', '--outbox', outbox)
  expect(verdicts.accepted + verdicts.rejected + verdicts.undecided).toBe(200)
  expect(sites[0]).toMatchObject({ site: 'shop.example' })
  const { code, stderr } = await desk.run(['report', 'no/such/place.html', '--outbox', outbox])
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: /cannot be written \(ENOENT\)/ })
})

test('--serve updates it live, only on loopback and under no other host name, until Ctrl-C', async () => {
  writeFileSync(desk.file, '')
  const child = desk.start(['report', '--serve', '--json'])
  const ended = new Promise((resolve) => child.on('close', resolve))
  const line = await new Promise<string>((resolve) => child.stdout?.once('data', (data) => resolve(String(data))))
  const { url } = JSON.parse(line)
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
  const page = await view(url)
  await expect(page.getByText('Nothing to report yet').isVisible()).resolves.toBe(true)
  writeHistory(desk.file, { count: 40 })
  await page.getByRole('img', { name: 'Acceptance over time' }).waitFor()

  const status = await new Promise((resolve) => {
    request(url, { headers: { host: 'evil.example' } }, (response) => resolve(response.statusCode)).end()
  })
  expect(status).toBe(404)
  child.kill('SIGINT')
  expect(await ended).toBe(0)
  await page.getByText('No longer live').waitFor()
  await page.context().close()
})
