import { availableParallelism } from 'node:os'
import type { ProvidedContext } from 'vitest'
import { defineConfig } from 'vitest/config'
import type { elsewhere } from './test/conformance/elsewhere.ts'
import type { hosts } from './test/conformance/hosts.ts'
import { findFirefox } from './test/setup/firefox.mjs'
import { hasScreen } from './test/setup/screen.mjs'

/** The conformance suite under one browser library: its flows, and what else holds of a page. */
const conformance = (host: keyof typeof hosts) => [
  manyPages(host, { host }, ['test/conformance/flows.test.ts']),
  fewPages(`${host}-pages`, { host }, ['test/conformance/{page,solved,footprint}.test.ts']),
]

/** A selection of the flows, where the browser runs elsewhere or another fork drives it. */
const selection = (host: keyof typeof elsewhere) =>
  manyPages(host, { elsewhere: host }, ['test/conformance/flows.test.ts'])

/** What watches leave in memory, of which a library's wrappers know no more. */
const heap = (host: keyof typeof hosts) => fewPages(`${host}-heap`, { host }, ['test/conformance/heap.test.ts'])

type InBrowser = [name: string, provide: Partial<ProvidedContext>, include: string[]]

/** A file plays a handful of flows at once, which is as much as two cores can do. */
const manyPages = (...given: InBrowser) => inBrowser(1, Math.max(1, Math.floor(availableParallelism() / 2)), ...given)

/** A file waits about as much as it works. */
const fewPages = (...given: InBrowser) => inBrowser(2, availableParallelism(), ...given)

const inBrowser = (groupOrder: number, maxWorkers: number, ...[name, provide, include]: InBrowser) => ({
  test: {
    name,
    include,
    provide,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers,
    sequence: { groupOrder },
  },
})

const headedHosts = ['playwright-headed', 'puppeteer-headed'] as const

const elsewhereHosts = [
  'cdp-far',
  'cdp-old',
  'puppeteer-far',
  'puppeteer-old',
  'playwright-server',
  'playwright-persistent',
  'patchright-persistent',
  'playwright-extra-persistent',
  'crawlee-incognito',
  'playwright-pool',
  'puppeteer-pool',
  'rebrowser-playwright',
  'rebrowser-puppeteer',
] as const

/** Most of these wait: for processes, for pauses between attempts. */
const maxWorkers = Math.max(2, availableParallelism() - 1)

// No test writes into the home of who runs it.
process.env.REGOTCHA_OUTBOX = 'memory'
// Half of what a short process takes is to compile its modules.
process.env.NODE_COMPILE_CACHE ??= `${import.meta.dirname}/test/node_modules/.cache/compiled`

const hasFirefox = findFirefox() !== undefined
const left = [!hasFirefox && 'Firefox', !hasScreen() && 'Xvfb (windows)'].filter(Boolean)
if (left.length > 0)
  process.stdout.write(`Not on this machine, so that conformance leaves it out: ${left.join(', ')}.\n`)

export default defineConfig({
  test: {
    maxWorkers,
    projects: [
      { test: { name: 'unit', include: ['packages/*/src/**/*.test.ts'] } },
      { test: { name: 'delivery', include: ['test/delivery/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'outbox', include: ['test/outbox/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'bullmq', include: ['test/bullmq/*.test.ts'], testTimeout: 60_000, hookTimeout: 60_000 } },
      {
        test: { name: 'http', include: ['test/http/*.test.ts', 'test/conformance/http.test.ts'], testTimeout: 60_000 },
      },
      { test: { name: 'cli', include: ['test/cli/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'house', include: ['test/house/*.test.ts', 'examples/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'packages', include: ['test/packages/*.test.ts'], testTimeout: 120_000 } },
      { test: { name: 'explain', include: ['test/explain/*.test.ts'], testTimeout: 180_000 } },
      { test: { name: 'golden', include: ['test/golden/*.test.ts'], testTimeout: 30_000 } },
      { test: { name: 'simulation', include: ['test/simulation/*.test.ts'], testTimeout: 600_000 } },
      { test: { name: 'plugin', include: ['test/plugin/*.test.ts'], testTimeout: 180_000, hookTimeout: 60_000 } },
      manyPages('playwright-part', { host: 'playwright', part: true }, ['test/conformance/flows.test.ts']),
      ...conformance('playwright'),
      ...conformance('playwright-extra'),
      ...conformance('patchright'),
      ...conformance('puppeteer'),
      ...conformance('puppeteer-24'),
      ...conformance('puppeteer-extra'),
      ...(['playwright', 'puppeteer', 'puppeteer-24'] as const).map(heap),
      ...(hasFirefox ? [...conformance('firefox'), selection('playwright-firefox')] : []),
      ...elsewhereHosts.map(selection),
      ...(hasScreen() ? headedHosts.map(selection) : []),
      fewPages('elsewhere', {}, ['test/conformance/elsewhere.test.ts']),
    ].map(({ test }) => ({ test: { expect: { poll: { timeout: 20_000 } }, ...test } })),
  },
})
