/** What a user installs. */
import { cpSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { checkPackage, createPackageFromTarballData, type Problem } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, describe, expect, test } from 'vitest'
import { findChromium } from '../setup/chromium.mjs'
import { emptyProject, entries, npmInstall } from './project.ts'
import { packAll, packages, root, run } from './tarballs.ts'

/** Packed, in kB: what stands today and some air. */
const ceilings: Readonly<Record<string, number>> = {
  '@regotcha-feedback/bullmq': 12,
  '@regotcha-feedback/cli': 85,
  '@regotcha-feedback/core': 185,
  '@regotcha-feedback/http': 8,
  '@regotcha-feedback/playwright': 8,
  '@regotcha-feedback/puppeteer': 8,
  '@regotcha-feedback/sandbox': 45,
  'puppeteer-extra-plugin-regotcha-feedback': 10,
}

/** What each brings along of our packages, and of puppeteer-extra's. */
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

/** Ways in that are for who has a browser library. */
const needsPeer = new Set(['@regotcha-feedback/playwright/test'])

const tarballs = await packAll()
const projects: string[] = []
afterAll(() => {
  for (const folder of [dirname(tarballs[0]?.file as string), ...projects]) rmSync(folder, { recursive: true })
})

async function install(names: readonly string[], others?: Readonly<Record<string, string>>) {
  const project = emptyProject(tarballs, names, others)
  projects.push(project)
  await run('npm', npmInstall, project)
  return project
}

test('all packages are packed', () => {
  expect(tarballs.map(({ name }) => name).sort()).toEqual(packages.map(({ name }) => name).sort())
})

test('core depends on ofetch and zod alone', () => {
  const core = tarballs.find(({ name }) => name === '@regotcha-feedback/core')
  expect(Object.keys(core?.manifest.dependencies ?? {})).toEqual(['ofetch', 'zod'])
})

describe.each(tarballs)('$name', ({ name, file, manifest, paths, size }) => {
  test('publint has nothing to say', async () => {
    const { messages, pkg } = await publint({ pack: { tarball: bytes(file).buffer }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })

  test('its types are right for ESM', async () => {
    const analysis = await checkPackage(createPackageFromTarballData(bytes(file)))
    expect(analysis.types && analysis.problems.filter(concernsEsm)).toEqual([])
  })

  test('it holds what it should, and is no larger', () => {
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']))
    expect(paths.filter((path) => !/^dist\/.*(\.d\.ts|\.js)$|^[^/]+$/.test(path))).toEqual([])
    expect(paths.filter((path) => path.includes('.test.'))).toEqual([])
    expect(size).toBeLessThan((ceilings[name] as number) * 1000)
  })

  test('it runs no script when it is installed', () => {
    expect(manifest.scripts ?? {}).toEqual({})
  })
})

test.concurrent.each(tarballs)(
  '$name alone in an empty project brings what it needs, is imported, required, and run',
  async (tarball) => {
    const project = await install([tarball.name])
    const others = readdirSync(`${project}/node_modules`).filter((other) => other === 'puppeteer-extra-plugin')
    const ours = readdirSync(`${project}/node_modules/@regotcha-feedback`)
    expect([...ours, ...others]).toEqual(brings[tarball.name])
    const ways = entries(tarball).filter((entry) => !needsPeer.has(entry))
    const uses = ['use.mjs', 'use.cjs'].map((use) => run('node', [use, ...ways], project))
    const [imported, required] = (await Promise.all(uses)).map((found) => JSON.parse(found))
    expect(Object.keys(imported)).toEqual(ways)
    expect(required).toEqual(imported)
    for (const command of Object.keys(tarball.manifest.bin ?? {})) {
      expect(await run(`node_modules/.bin/${command}`, ['--help'], project)).toContain(`Usage: ${command}`)
    }
  },
)

test.concurrent("the README's first example runs in a project of tarballs", async () => {
  const readme = readFileSync(`${root}/README.md`, 'utf8')
  const [, example] = /```ts\n\/\/ (examples\/\S+\.ts)/.exec(readme) ?? []
  expect(example).toBeDefined()
  const project = await install(['@regotcha-feedback/playwright', '@regotcha-feedback/sandbox'])
  symlinkSync(realpathSync(`${root}/test/node_modules/playwright`), `${project}/node_modules/playwright`)
  for (const path of [example as string, 'examples/surroundings.ts']) {
    cpSync(`${root}/${path}`, `${project}/${basename(path)}`)
  }
  const env = { ...process.env, CHROMIUM_PATH: findChromium() }
  const output = await run('node', [basename(example as string)], project, env)
  expect(output).toMatch(/^accepted: .*\nthe API recorded task_\w+: valid true\n$/)
})

test.each(packages.filter(({ name }) => name !== '@regotcha-feedback/sandbox'))(
  'each snippet of TypeScript in the README of $name stands in an example',
  ({ folder }) => {
    const examples = readdirSync(`${root}/examples`).filter((file) => file.endsWith('.ts'))
    const texts = examples.map((file) => readFileSync(`${root}/examples/${file}`, 'utf8'))
    for (const [, code = ''] of readFileSync(`${folder}/README.md`, 'utf8').matchAll(/```ts\n([\s\S]*?)```/g)) {
      const parts = code.split('…\n').map((part) => part.trim())
      expect(texts.filter((text) => parts.every((part) => text.includes(part))).length, code).toBeGreaterThan(0)
    }
  },
)

/** The rest of what `attw --profile esm-only` leaves alone: `require()` under TypeScript's older resolutions. */
function concernsEsm(problem: Problem) {
  const where = 'resolutionKind' in problem ? problem.resolutionKind : undefined
  return where !== 'node10' && where !== 'node16-cjs'
}

function bytes(file: string) {
  return new Uint8Array(readFileSync(file))
}
