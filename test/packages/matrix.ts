/**
 * Our tarballs under every package manager, Node and TypeScript that we say they are for: `pnpm packages` prints what
 * came of it, writes it to docs/packages.md, and fails when something did.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { compiled, complaints, link, writeConsumer } from './compile.ts'
import { emptyProject, entries, npmInstall } from './project.ts'
import { type Manifest, packAll, packages, root, run, type Tarball } from './tarballs.ts'

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

const yarn4 = `${tool('@yarnpkg/cli-dist')}/bin/yarn.js`
const yarnEnv = (linker: string) => ({
  YARN_ENABLE_SCRIPTS: 'false',
  YARN_ENABLE_TELEMETRY: 'false',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  YARN_NODE_LINKER: linker,
  YARN_NPM_REGISTRY_SERVER: run('npm', ['config', 'get', 'registry']).trim(),
})
const managers: readonly Manager[] = [
  { title: 'npm 12', install: ['node', `${tool('npm')}/bin/npm-cli.js`, ...npmInstall] },
  { title: 'pnpm 12', install: [`${tools}/node_modules/.bin/pnpm`, 'install', '--ignore-scripts'] },
  { title: 'yarn 4, Plug’n’Play', install: ['node', yarn4], within: ['node', yarn4], env: yarnEnv('pnp') },
  { title: 'yarn 4, node_modules', install: ['node', yarn4], env: yarnEnv('node-modules') },
  { title: 'yarn 1', install: ['node', `${tool('yarn')}/bin/yarn.js`, 'install', '--ignore-scripts'] },
]

/** Installs all of our packages and uses each; returns what went wrong. */
function cell(tarballs: readonly Tarball[], { install, within = [], env }: Manager, node: string): string | undefined {
  const project = emptyProject(tarballs, names, { '@playwright/test': '^1.65.1' })
  const nodeFolder = `${tool(`node-${node}`)}/bin`
  const environment = { ...process.env, ...env, PATH: `${nodeFolder}:${process.env.PATH}` }
  const call = ([file, ...args]: readonly string[]) => run(file as string, args, project, environment)
  try {
    writeFileSync(`${project}/yarn.lock`, '')
    call(install)
    const ways = tarballs.flatMap(entries)
    const [imported, required] = ['use.mjs', 'use.cjs'].map((use) => call([...within, 'node', use, ...ways]))
    if (imported !== required) return `imported: ${imported}; required: ${required}`
    const empty = Object.entries(JSON.parse(imported as string)).filter(([, names]) => (names as []).length === 0)
    if (empty.length > 0) return `nothing in ${empty}`
    const command = within.length > 0 ? [...within, 'regotcha-feedback'] : ['node_modules/.bin/regotcha-feedback']
    const help = call([...command, '--help'])
    if (!help.includes('Usage: regotcha-feedback')) return `--help prints: ${help}`
  } catch (error) {
    return String(error)
  } finally {
    rmSync(project, { recursive: true })
  }
}

/** What the examples' manifest asks for beside our packages, with versions in place of the catalog. */
function examplesNeed() {
  const folder = mkdtempSync(`${tmpdir()}/examples-`)
  const { filename } = JSON.parse(run('pnpm', ['pack', '--json', '--pack-destination', folder], `${root}/examples`))
  const { dependencies = {} }: Manifest = JSON.parse(run('tar', ['xzOf', filename, 'package/package.json']))
  rmSync(folder, { recursive: true })
  return Object.fromEntries(Object.entries(dependencies).filter(([name]) => !names.includes(name)))
}

/** Their own tests, but of this project. */
function examplesRun(project: string): string | undefined {
  try {
    const tests = ['exec', 'vitest', 'run', '--project', 'house', 'test/house/examples.test.ts']
    run('pnpm', tests, root, { ...process.env, EXAMPLES: project })
  } catch (error) {
    return String(error)
  }
}

const names = packages.map(({ name }) => name)
const failures: string[] = []

/** What is put into the table. */
function noted(where: string, complaint: string | undefined): string {
  console.log(`${where}: ${complaint ? 'failed' : 'ok'}`)
  if (complaint) failures.push(`${where}: ${complaint}`)
  return complaint ? '**failed**' : 'ok'
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('')
}

writeFileSync(
  `${tools}/package.json`,
  JSON.stringify({
    private: true,
    dependencies: {
      npm: '12',
      pnpm: '12',
      yarn: '1',
      '@yarnpkg/cli-dist': '4',
      ...Object.fromEntries(nodes.map((node) => [`node-${node}`, `npm:${nodePackage}@${node}`])),
      ...Object.fromEntries(typescripts.map((version) => [`typescript-${version}`, `npm:typescript@${version}`])),
    },
  }),
)
run('npm', npmInstall, tools)
const tarballs = packAll()

const installs = managers.map((manager) => [
  manager.title,
  ...nodes.map((node) => noted(`${manager.title}, Node ${node}`, cell(tarballs, manager, node))),
])

const project = emptyProject(tarballs, names)
run('npm', npmInstall, project)
link(project)
writeConsumer(project)
const types = typescripts.map((version) => {
  const found = complaints(project, tool(`typescript-${version}`), compiled)
  return [`TypeScript ${version}`, noted(`TypeScript ${version}`, found.join('\n'))]
})
const examples = emptyProject(tarballs, names, examplesNeed())
cpSync(`${root}/examples`, examples, { recursive: true, filter: (path) => !/node_modules|package\.json/.test(path) })
run('npm', npmInstall, examples)
const example = noted('examples', examplesRun(examples))

for (const folder of [project, examples, tools, dirname(tarballs[0]?.file as string)])
  rmSync(folder, { recursive: true })

const page = `# Packages

Generated by \`pnpm packages\`. All packages are packed as for a release, installed with install scripts blocked, and used: each way in is imported and required, the command line run.

${table(['', ...nodes.map((node) => `Node ${node}`)], installs)}
Files of a user with pages of Playwright, patchright, Puppeteer 24 and 25 are compiled against the packed declarations, strictly and without \`skipLibCheck\`: what is right compiles without a cast, what is wrong does not.

${table(['', 'pages accepted, mistakes refused'], types)}
Each example's text, in a project made of nothing but the tarballs and what its imports name: ${example}.

What each package weighs, packed, in kB, and what it brings along:

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
