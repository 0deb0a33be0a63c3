/**
 * `pnpm packages`: tries our tarballs under every supported package manager, Node and TypeScript. It prints the results,
 * writes them to docs/packages.md, and fails if any of them failed.
 */
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { commit } from '../setup/commit.ts'
import { type Manifest, packages, root, run } from './build.ts'
import { compiled, complaints, link, writeConsumer } from './compile.ts'
import { emptyProject, entries, npmInstall } from './project.ts'
import { packAll, type Tarball } from './tarballs.ts'

const machine = `${process.platform}-${process.arch}`
const nodePackage = `node-${machine === 'darwin-arm64' ? 'bin-' : ''}${machine}`
const nodes = ['22.18.0', '22', '24', '26']
const typescripts = ['5.5', '5.9', '6', '7']

/** Where the managers, the Nodes and the TypeScripts are installed, and what they are. */
const tools = mkdtempSync(`${tmpdir()}/tools-`)
const tool = (name: string) => `${tools}/node_modules/${name}`

interface Manager {
  readonly title: string
  readonly install: readonly [file: string, ...args: string[]]
  /** What goes before a command that is to find the project's dependencies. */
  readonly within?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const registry = await run('npm', ['config', 'get', 'registry'])
const yarn4 = `${tool('@yarnpkg/cli-dist')}/bin/yarn.js`
const yarnEnv = (linker: string) => ({
  YARN_ENABLE_SCRIPTS: 'false',
  YARN_ENABLE_TELEMETRY: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  YARN_NODE_LINKER: linker,
  YARN_NPM_REGISTRY_SERVER: registry.trim(),
})
const managers: readonly Manager[] = [
  { title: 'npm 12', install: ['node', `${tool('npm')}/bin/npm-cli.js`, ...npmInstall] },
  { title: 'pnpm 12', install: [`${tools}/node_modules/.bin/pnpm`, 'install', '--ignore-scripts'] },
  { title: 'yarn 4, Plug’n’Play', install: ['node', yarn4], within: ['node', yarn4], env: yarnEnv('pnp') },
  { title: 'yarn 4, node_modules', install: ['node', yarn4], env: yarnEnv('node-modules') },
  { title: 'yarn 1', install: ['node', `${tool('yarn')}/bin/yarn.js`, 'install', '--ignore-scripts'] },
]

/** Installs all of our packages and uses each. */
async function use(tarballs: readonly Tarball[], { install, within = [], env }: Manager, node: string) {
  const project = emptyProject(tarballs, names, { '@playwright/test': '^1.65.1' })
  const path = `${tool(`node-${node}`)}/bin:${process.env.PATH}`
  const call = ([file, ...args]: readonly string[]) =>
    run(file as string, args, project, { ...process.env, ...env, PATH: path })
  writeFileSync(`${project}/yarn.lock`, '')
  await call(install)
  const ways = tarballs.flatMap(entries)
  const uses = ['use.mjs', 'use.cjs'].map((file) => call([...within, 'node', file, ...ways]))
  const [imported = '', required] = await Promise.all(uses)
  assert.equal(required, imported)
  for (const [way, found] of Object.entries<string[]>(JSON.parse(imported)))
    assert(found.length > 0, `nothing in ${way}`)
  const command = within.length > 0 ? [...within, 'regotcha-feedback'] : ['node_modules/.bin/regotcha-feedback']
  assert.match(await call([...command, '--help']), /^Usage: regotcha-feedback/)
  rmSync(project, { recursive: true })
}

const manifestIn = (folder: string): Manifest => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))

/** The dependencies of the examples other than our packages, in the workspace's versions. */
function examplesNeed() {
  const needed = Object.keys(manifestIn(`${root}/examples`).dependencies ?? {}).filter((name) => !names.includes(name))
  return Object.fromEntries(needed.map((name) => [name, manifestIn(`${root}/examples/node_modules/${name}`).version]))
}

/** The first versions that our manifests take, of peers and of Redis' clients, and of who goes by the same numbers. */
function oldest() {
  const ranges = Object.assign(
    {},
    ...tarballs.map(({ manifest }) => ({ ...manifest.dependencies, ...manifest.peerDependencies })),
  )
  const first = (name: string) => [...ranges[name].replace(/^\D+/, '').split('.'), 0, 0].slice(0, 3).join('.')
  const [playwright, puppeteer] = [first('playwright-core'), first('puppeteer-core')]
  return {
    '@opentelemetry/api': first('@opentelemetry/api'),
    '@playwright/test': first('@playwright/test'),
    bullmq: first('bullmq'),
    ioredis: first('ioredis'),
    'patchright-core': '1.49.0', // there is no older one
    playwright,
    'playwright-core': playwright,
    puppeteer,
    'puppeteer-24': `npm:puppeteer@${puppeteer}`,
    'puppeteer-core': puppeteer,
  }
}

async function compiles(project: string, typescript: string) {
  assert.deepEqual(await complaints(project, tool(`typescript-${typescript}`), compiled), [])
}

async function runExamples(project: string) {
  cpSync(`${root}/examples`, project, { recursive: true, filter: (path) => !/node_modules|package\.json/.test(path) })
  await run('npm', npmInstall, project)
  const tests = ['test/house/examples.test.ts', 'test/bullmq/example.test.ts']
  const vitest = ['exec', 'vitest', 'run', '--project', 'house', '--project', 'bullmq', ...tests]
  await run('pnpm', vitest, root, { ...process.env, EXAMPLES: project })
}

const names = packages.map(({ name }) => name)
const failures: string[] = []

/** Runs a step, and returns its entry for the table. */
async function noted(what: string, work: () => Promise<void>): Promise<string> {
  let word = 'ok'
  try {
    await work()
  } catch (error) {
    failures.push(`${what}: ${error}`)
    word = '**failed**'
  }
  console.log(`${what}: ${word}`)
  return word
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

const versions = {
  npm: '12',
  pnpm: '12',
  yarn: '1',
  '@yarnpkg/cli-dist': '4',
  ...Object.fromEntries(nodes.map((node) => [`node-${node}`, `npm:${nodePackage}@${node}`])),
  ...Object.fromEntries(typescripts.map((version) => [`typescript-${version}`, `npm:typescript@${version}`])),
}
writeFileSync(`${tools}/package.json`, JSON.stringify({ private: true, dependencies: versions }))
await run('npm', npmInstall, tools)
const tarballs = await packAll()

const installs: string[][] = []
for (const manager of managers) {
  const row = [manager.title]
  for (const node of nodes) row.push(await noted(`${manager.title}, Node ${node}`, () => use(tarballs, manager, node)))
  installs.push(row)
}

const consumer = emptyProject(tarballs, names)
await run('npm', npmInstall, consumer)
link(consumer)
writeConsumer(consumer)
const types: string[][] = []
for (const version of typescripts) {
  const word = await noted(`TypeScript ${version}`, () => compiles(consumer, version))
  types.push([`TypeScript ${version}`, word])
}

const { vitest: _, ...needed } = examplesNeed()
const newestProject = emptyProject(tarballs, names, examplesNeed())
// Without vitest, which runs none of these, and wants a younger @opentelemetry/api.
const oldestProject = emptyProject(tarballs, names, { ...needed, ...oldest() })
const examples = [
  await noted('the examples, oldest libraries', () => runExamples(oldestProject)),
  await noted('the examples, newest libraries', () => runExamples(newestProject)),
]
link(oldestProject, ['@types/node'])
writeConsumer(oldestProject)
const oldTypes = await noted('TypeScript 5.5, oldest libraries', () => compiles(oldestProject, '5.5'))
const libraries = Object.keys({ ...oldest(), ...needed }).filter((name) => !/zod|-24$/.test(name))
const librariesTried = libraries.map((name) => [
  name,
  ...[oldestProject, newestProject].map((project) => {
    const folder = `${project}/node_modules/${name}`
    return existsSync(folder) ? manifestIn(folder).version : ''
  }),
])

for (const folder of [consumer, newestProject, oldestProject, tools, dirname(tarballs[0]?.file as string)]) {
  rmSync(folder, { recursive: true })
}

/** The first and the last version that a library was tried in. */
function tried(name: string): string {
  const [, ...both] = librariesTried.find(([library]) => library === name) ?? []
  return [...new Set(both)].join(', ')
}

const support = [
  ['Node', '22.18 and newer', nodes.join(', ')],
  ['Playwright', '1.40 and newer', tried('playwright-core')],
  ['patchright', '1.49 and newer', tried('patchright-core')],
  ['Puppeteer', '24 and 25', tried('puppeteer-core')],
  ['puppeteer-extra', '3.3', tried('puppeteer-extra')],
  ['playwright-extra', '4.3', tried('playwright-extra')],
  ['BullMQ', '6.7 and newer', tried('bullmq')],
  ['ioredis', '6', tried('ioredis')],
  ['TypeScript', '5.5 to 7', typescripts.join(', ')],
  ['package managers', 'npm, pnpm, yarn 1 and 4', managers.map(({ title }) => title).join('; ')],
]

const page = `# Packages

Generated by \`pnpm packages\`, commit ${commit()}.

## What is supported

${table(['', 'supported', 'tried'], support)}
Newer versions are expected to work; if one doesn't, that is a bug. Support for an old version ends with a new minor version of ours, never with a patch, and the changelog says so. Node lines are supported until their end of life.

## How it was tried

All packages are packed as for a release, installed with install scripts blocked, and used: every entry point is imported and required, and the command line is run.

${table(['', ...nodes.map((node) => `Node ${node}`)], installs)}
A user's files with pages of Playwright, patchright, Puppeteer 24 and 25 are compiled against the packed declarations, strictly and without \`skipLibCheck\`. Correct code compiles without a cast, and mistakes don't compile.

${table(['', 'pages accepted, mistakes refused'], types)}
The examples run in a project with only the tarballs and the packages that they import, in real browsers, with the newest and the oldest supported libraries. With the oldest, the same user's files compile too (TypeScript 5.5: ${oldTypes}).

${table(['', 'oldest', 'newest'], [...librariesTried, ['the examples', ...examples]])}
Packed size of each package, and its dependencies:

${table(
  ['package', 'kB', 'dependencies', 'optional peers'],
  tarballs.map(({ name, size, manifest: { dependencies = {}, peerDependencies = {} } }) => [
    name,
    (size / 1000).toFixed(),
    Object.keys(dependencies).join(', '),
    Object.entries(peerDependencies)
      .map(([peer, range]) => `${peer} ${range}`)
      .join(', '),
  ]),
)}`
writeFileSync(`${root}/docs/packages.md`, page)
console.log(`\n${page}`)
if (failures.length > 0) {
  console.error(failures.join('\n\n'))
  process.exitCode = 1
}
