/** Violates each import rule on purpose. The test fails if a rule does not report it. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

const trespasses = {
  'core knows no browser': ['packages/core/src/a.ts', 'playwright'],
  'core knows no adapter': ['packages/core/src/b.ts', '@regotcha-feedback/playwright'],
  'watching does not know delivery': ['packages/core/src/watch/a.ts', '../delivery/outbox.ts'],
  'watching has no I/O': ['packages/core/src/inference/b.ts', 'node:fs'],
  'watching knows no browser': ['packages/core/src/page/c.ts', 'puppeteer'],
  'delivery does not know watching': ['packages/core/src/delivery/a.ts', '../inference/verdict.ts'],
  'an adapter knows its library by structure': ['packages/playwright/src/a.ts', 'playwright-core'],
  'an adapter knows no other adapter': ['packages/puppeteer/src/b.ts', '@regotcha-feedback/playwright'],
  'a watched fetch knows core alone': ['packages/http/src/a.ts', '@regotcha-feedback/playwright'],
  'an adapter knows no plugin': ['packages/playwright/src/b.ts', 'puppeteer-extra-plugin-regotcha-feedback'],
  'the plugin knows no sandbox': ['packages/puppeteer-extra/src/a.ts', '@regotcha-feedback/sandbox'],
  'an adapter knows no sandbox': ['packages/puppeteer/src/a.ts', '@regotcha-feedback/sandbox'],
  'the fleet’s outbox knows core alone': ['packages/bullmq/src/a.ts', '@regotcha-feedback/sandbox'],
  'the fleet’s outbox knows no browser': ['packages/bullmq/src/b.ts', 'playwright'],
  'the command line knows no adapter': ['packages/cli/src/a.ts', '@regotcha-feedback/playwright'],
  'the command line knows no sandbox': ['packages/cli/src/b.ts', '@regotcha-feedback/sandbox'],
  'the command line knows no browser': ['packages/cli/src/explain/a.ts', 'playwright'],
  'the sandbox knows the wire contract alone': ['packages/sandbox/src/a.ts', '@regotcha-feedback/core'],
} as const

/** A copy of the folder structure that contains only violations. */
let ruin: string
let complaints: string[]

beforeAll(() => {
  ruin = realpathSync(mkdtempSync(`${tmpdir()}/walls-`))
  const build = (path: string, code: string) => {
    mkdirSync(dirname(`${ruin}/${path}`), { recursive: true })
    writeFileSync(`${ruin}/${path}`, code)
  }
  cpSync(`${root}/biome.json`, `${ruin}/biome.json`)
  for (const [path, library] of Object.values(trespasses))
    build(path, `import { x } from '${library}'\nexport const y = x\n`)
  build('packages/core/src/floating.ts', 'async function f() {}\nexport function g() {\n  f()\n}\n')
  build('packages/core/src/printing.ts', 'console.log(1)\n')
  build('packages/core/src/long.ts', 'export const x = [\n'.concat('  1,\n'.repeat(250), ']\n'))
  build('packages/core/src/circle.ts', "import { y } from './circle2.ts'\nexport const x = () => y\n")
  build('packages/core/src/circle2.ts', "import { x } from './circle.ts'\nexport const y = () => x\n")
  const { stdout } = spawnSync(
    `${root}/node_modules/.bin/biome`,
    ['lint', '--reporter=github', '--vcs-enabled=false'],
    {
      cwd: ruin,
      encoding: 'utf8',
    },
  )
  complaints = [...stdout.matchAll(/title=lint\/\w+\/(\w+),file=([^,]+),/g)].map(
    ([, rule, file]) => `${file?.slice(ruin.length + 1)} ${rule}`,
  )
})
afterAll(() => rmSync(ruin, { recursive: true }))

test.each(Object.entries(trespasses))('%s', (_, [path]) => {
  expect(complaints).toContain(`${path} noRestrictedImports`)
})

test.each([
  ['there are no floating promises', 'packages/core/src/floating.ts noFloatingPromises'],
  ['nothing is printed', 'packages/core/src/printing.ts noConsole'],
  ['no file is longer than 250 lines', 'packages/core/src/long.ts noExcessiveLinesPerFile'],
  ['there are no import cycles', 'packages/core/src/circle.ts noImportCycles'],
])('%s', (_, complaint) => {
  expect(complaints).toContain(complaint)
})

test('core does not compile against the DOM', () => {
  writeFileSync(`${ruin}/dom.mts`, 'export const title = document.title\n')
  const config = {
    extends: `${root}/packages/core/tsconfig.json`,
    compilerOptions: { noEmit: true, rootDir: '.', typeRoots: [`${root}/node_modules/@types`] },
    include: ['dom.mts'],
    exclude: [],
  }
  writeFileSync(`${ruin}/tsconfig.json`, JSON.stringify(config))
  const { stdout } = spawnSync(`${root}/node_modules/.bin/tsc`, ['-p', ruin], { encoding: 'utf8' })
  expect(stdout).toMatch(/^[^\n]*dom\.mts[^\n]*Cannot find name 'document'[^\n]*\n$/)
})

test('core can’t resolve a browser library', () => {
  const libraries = ['playwright', 'playwright-core', 'puppeteer', 'puppeteer-core', 'zod']
  const script = `for (const name of ${JSON.stringify(libraries)}) try { import.meta.resolve(name); console.log(name) } catch {}`
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: `${root}/packages/core`,
    encoding: 'utf8',
  })
  expect(stdout).toBe('zod\n')
})

test('core depends only on ofetch and zod', () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}/packages/core/package.json`, 'utf8'))
  expect(Object.keys(dependencies)).toEqual(['ofetch', 'zod'])
})
