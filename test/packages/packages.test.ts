/** The packages as users install them. */
import { cpSync, globSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import ts from 'typescript-5.5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChromium } from '../setup/chromium.mjs'
import { packages, root, run } from './build.ts'
import { compiled, complaints, link, writeConsumer } from './compile.ts'
import { emptyProject, entries, npmInstall, unpack } from './project.ts'
import { packAll } from './tarballs.ts'

/**
 * Packed, in kB: today's size and some air. Core is 155 kB, of which the words that refuse a captcha, in twenty
 * languages, are 13. Mangled names would make it much smaller, but stack traces would no longer name functions, files
 * and lines, which the report of a bug needs.
 */
const ceilings: Readonly<Record<string, number>> = {
  '@regotcha-feedback/bullmq': 10,
  '@regotcha-feedback/cli': 75,
  '@regotcha-feedback/core': 158,
  '@regotcha-feedback/http': 8,
  '@regotcha-feedback/playwright': 8,
  '@regotcha-feedback/puppeteer': 8,
  '@regotcha-feedback/sandbox': 35,
  'puppeteer-extra-plugin-regotcha-feedback': 6,
}

/** The packages of ours and of puppeteer-extra that each package depends on. */
const brings: Readonly<Record<string, readonly string[]>> = {
  '@regotcha-feedback/bullmq': ['bullmq', 'core'],
  '@regotcha-feedback/cli': ['cli', 'core'],
  '@regotcha-feedback/core': ['core'],
  '@regotcha-feedback/http': ['core', 'http'],
  '@regotcha-feedback/playwright': ['core', 'playwright'],
  '@regotcha-feedback/puppeteer': ['core', 'puppeteer'],
  '@regotcha-feedback/sandbox': ['core', 'sandbox'],
  'puppeteer-extra-plugin-regotcha-feedback': ['core', 'playwright', 'puppeteer', 'puppeteer-extra-plugin'],
}

/** Entries that need a browser library. */
const needsPeer = new Set(['@regotcha-feedback/playwright/test'])

const tarballs = await packAll()
const projects: string[] = []
afterAll(() => {
  for (const folder of [dirname(tarballs[0]?.file as string), ...projects]) rmSync(folder, { recursive: true })
}, 60_000)

function newProject(names: readonly string[]) {
  const project = emptyProject(tarballs, names)
  projects.push(project)
  return project
}

test('all packages are packed', () => {
  expect(tarballs.map(({ name }) => name).sort()).toEqual(packages.map(({ name }) => name).sort())
})

test('core depends only on ofetch and zod', () => {
  const core = tarballs.find(({ name }) => name === '@regotcha-feedback/core')
  expect(Object.keys(core?.manifest.dependencies ?? {})).toEqual(['ofetch', 'zod'])
})

describe.each(tarballs)('$name', ({ name, file, manifest, paths, size }) => {
  test('publint reports no problems', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: bytes(file).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('its types are correct for ESM', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(bytes(file)))
    expect(analysis.types && analysis.problems.filter(concernsEsm)).toEqual([])
  })

  test('it has the expected files, within its size limit', () => {
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(paths.filter((path) => !/^dist\/.*(\.d\.ts|\.js)$|^[^/]+$/.test(path))).toEqual([])
    expect(paths.filter((path) => path.includes('.test.'))).toEqual([])
    expect(size).toBeLessThan((ceilings[name] as number) * 1000)
  })

  test('it has no install script', () => {
    expect(manifest.scripts ?? {}).toEqual({})
  })
})

test.concurrent.each(tarballs)(
  '$name alone in an empty project brings what it needs, is imported, required, and run',
  async (tarball) => {
    const project = newProject([tarball.name])
    await unpack(tarballs, tarball.name, project)
    const others = readdirSync(`${project}/node_modules`).filter((other) => other === 'puppeteer-extra-plugin')
    const ours = readdirSync(`${project}/node_modules/@regotcha-feedback`)
    expect([...ours, ...others]).toEqual(brings[tarball.name])
    const ways = entries(tarball).filter((entry) => !needsPeer.has(entry))
    const uses = ['use.mjs', 'use.cjs'].map((use) => run('node', [use, ...ways], project))
    const [imported, required] = (await Promise.all(uses)).map((found) => JSON.parse(found))
    expect(Object.keys(imported)).toEqual(ways)
    expect(required).toEqual(imported)
    for (const [command, file] of Object.entries(tarball.manifest.bin ?? {})) {
      const help = await run('node', [`node_modules/${tarball.name}/${file}`, '--help'], project)
      expect(help).toContain(`Usage: ${command}`)
    }
  },
)

test.each(packages.filter(({ name }) => name !== '@regotcha-feedback/sandbox'))(
  'each snippet of TypeScript in the README of $name stands in an example',
  ({ folder }) => {
    // The examples have tests of their own; `pnpm release:try` runs the first programs.
    const examples = globSync(['examples/*.ts', 'test/packages/first-programs/*.ts'], { cwd: root })
    const texts = examples.map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    for (const [, code = ''] of readFileSync(`${folder}/README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)) {
      const parts = code.split('…\n').map((part) => part.trim())
      expect(texts.filter((text) => parts.every((part) => text.includes(part))).length, code).toBeGreaterThan(0)
    }
  },
)

describe('all packages, installed by npm', () => {
  const project = newProject(tarballs.map(({ name }) => name))
  beforeAll(() => run('npm', npmInstall, project), 120_000)

  // `pnpm packages` tries every version of TypeScript on a user's files.
  const [newest, oldest] = [`${root}/node_modules/typescript`, `${root}/test/node_modules/typescript-5.5`] as const

  function writeImports(name: string, ways: readonly string[]) {
    writeFileSync(`${project}/${name}`, ways.map((way, i) => `export * as _${i} from '${way}'\n`).join(''))
  }

  test('our declarations compile without any other package, even @types/node', async () => {
    writeImports(
      'alone.ts',
      tarballs.flatMap(entries).filter((entry) => !needsPeer.has(entry)),
    )
    expect(await complaints(project, oldest, ['alone.ts'], { lib: ['es2022', 'dom'], types: [] })).toEqual([])
  })

  test('“go to definition” on a function or class of a main entry shows its documentation', () => {
    const mains = tarballs.filter(({ manifest }) => '.' in manifest.exports).map(({ name }) => name)
    writeImports('mains.ts', mains)
    const file = `${project}/mains.ts`
    const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, types: [], noEmit: true })
    const checker = program.getTypeChecker()
    const exportsOf = (symbol: ts.Symbol) => checker.getExportsOfModule(symbol).map(original)
    const original = (symbol: ts.Symbol) =>
      symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const source = program.getSourceFile(file) as ts.SourceFile
    const found = exportsOf(checker.getSymbolAtLocation(source) as ts.Symbol)
      .flatMap(exportsOf)
      .filter(({ flags }) => flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Class))
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['withRegotchaFeedback', 'regotchaFeedback']))
    expect(found.filter((symbol) => symbol.getDocumentationComment(checker).length === 0)).toEqual([])
  })

  test("pages of each library and major are accepted without casts, and wrong options aren't", async () => {
    link(project)
    writeConsumer(project)
    expect(await complaints(project, newest, compiled)).toEqual([])
  })

  test("the README's first example runs", async () => {
    const readme = readFileSync(`${root}/README.md`, 'utf8')
    const [, example] = /```ts\n\/\/ (examples\/\S+\.ts)/.exec(readme) ?? []
    expect(example).toBeDefined()
    link(project, ['playwright'])
    for (const path of [example as string, 'examples/surroundings.ts']) {
      cpSync(`${root}/${path}`, `${project}/${basename(path)}`)
    }
    const env = { ...process.env, CHROMIUM_PATH: findChromium() }
    const output = await run('node', [basename(example as string)], project, env)
    expect(output).toMatch(/^accepted: .*\nthe API recorded task_\w+: valid true\n$/)
  })
})

/** The rest of what `attw --profile esm-only` leaves alone: `require()` under TypeScript's older resolutions. */
function concernsEsm(problem: Problem) {
  const where = 'resolutionKind' in problem ? problem.resolutionKind : undefined
  return where !== 'node10' && where !== 'node16-cjs'
}

function bytes(file: string) {
  return new Uint8Array(readFileSync(file))
}
