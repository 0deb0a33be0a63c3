/**
 * `pnpm release:try`: runs the whole release of the last commit against a local registry. It turns changesets into versions
 * and changelogs, builds and publishes. Then it runs `npm install` in empty projects, where a new user's program must end
 * in one accepted and one rejected feedback. It changes nothing outside temporary folders.
 * `--keep` leaves the registry open until Ctrl-C, for a project of one's own.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { findChromium } from '../setup/chromium.mjs'
import { commit } from '../setup/commit.ts'
import { type Manifest, packages, root, run } from './build.ts'

/** What a new user installs, according to the package's README, to run its program in `first-programs`. */
const doors = {
  playwright: ['@regotcha-feedback/playwright', 'playwright'],
  'puppeteer-extra': ['puppeteer-extra-plugin-regotcha-feedback', 'puppeteer-extra', 'puppeteer'],
  puppeteer: ['@regotcha-feedback/puppeteer', 'puppeteer'],
  http: ['@regotcha-feedback/http', 'zod'],
}

const work = mkdtempSync(`${tmpdir()}/release-`)
const copy = `${work}/copy`
const tools = `${work}/tools`
const ourFolders = packages.map(({ folder }) => `${copy}/packages/${basename(folder)}`)
const manifests = () => ourFolders.map((folder): Manifest => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')))

console.log(`Releasing ${commit()} in ${work}`)
const stops: (() => unknown)[] = [() => rmSync(work, { recursive: true, force: true })]
try {
  await run('git', ['clone', '--quiet', root, copy])
  await step('pnpm install', () => run('pnpm', ['install', '--frozen-lockfile', '--prefer-offline'], copy))
  // After the pull request “Release” is merged, there are no changesets.
  const waiting = readdirSync(`${copy}/.changeset`).some((name) => name.endsWith('.md'))
  if (waiting) await step('changeset version', () => run('pnpm', ['changeset', 'version'], copy))
  const [version, ...others] = new Set(manifests().map((manifest) => manifest.version))
  assert.deepEqual(others, [], 'all packages have one version')
  for (const folder of ourFolders) {
    const changelog = readFileSync(`${folder}/CHANGELOG.md`, 'utf8')
    console.log(changelog)
    assert.doesNotMatch(changelog, /\]\((?!https:)/, 'links are absolute, as a changelog is read in several places')
  }

  const registry = await step('a registry on this machine', startRegistry)
  const env = { ...process.env, npm_config_registry: registry, pnpm_config_registry: registry }
  await step('pnpm release', () => run('pnpm', ['release', '--registry', registry], copy, env))
  for (const { name } of manifests()) {
    assert.equal((await run('npm', ['view', name, 'version'], work, env)).trim(), version)
    console.log(`  ${name} ${version}`)
  }

  for (const [door, names] of Object.entries(doors)) {
    const project = `${work}/${door}`
    mkdirSync(project)
    await run('npm', ['init', '--yes'], project, env)
    const all = [...names, '@regotcha-feedback/sandbox']
    await step(`npm install ${all.join(' ')}`, () =>
      run('npm', ['install', ...all], project, { ...env, PUPPETEER_SKIP_DOWNLOAD: '1' }),
    )
    // `npm init` makes a project of CommonJS.
    writeFileSync(`${project}/first.mts`, firstProgram(door))
    const output = await step('node first.mts', () => run('node', ['first.mts'], project, env))
    console.log(output.replaceAll(/^(?=.)/gm, '  '))
    assert.match(output, /^accepted: .*\n(?:.*\n)*^rejected: .*\nrecorded: true, false\n$/m)
  }
  console.log('The release works.')
  if (process.argv.includes('--keep')) {
    console.log(`npm install --registry ${registry} … (until Ctrl-C)`)
    await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  }
} finally {
  for (const stop of stops.reverse()) await stop()
}

/** The program in the package's README, but with this machine's browser. */
function firstProgram(door: string): string {
  const options = { executablePath: findChromium(), args: ['--no-sandbox'] }
  const text = readFileSync(new URL(`first-programs/${door}.ts`, import.meta.url), 'utf8')
  return text.replace('launch()', `launch(${JSON.stringify(options)})`)
}

/** Prints a step, and how long it took. */
async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  console.log(what)
  const start = Date.now()
  const result = await work()
  console.log(`  ${((Date.now() - start) / 1000).toFixed(0)} s`)
  return result
}

/**
 * Starts Verdaccio: our packages are only what is published to it, all others come from the registry of this machine.
 */
async function startRegistry(): Promise<string> {
  mkdirSync(tools)
  // Verdaccio names one of its dependencies by a tag, which mirrors of npm's registry seldom have.
  const manifest = { private: true, dependencies: { verdaccio: '6.10.4' }, overrides: { 'node-fetch': '2.7.0' } }
  writeFileSync(`${tools}/package.json`, JSON.stringify(manifest))
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], tools)
  const address = `127.0.0.1:${await freePort()}`
  const upstream = (await run('npm', ['config', 'get', 'registry'])).trim()
  const ours = packages.map(({ name }) => `  '${name}': { access: $all, publish: $all }\n`)
  writeFileSync(
    `${tools}/config.yaml`,
    `storage: ./storage
uplinks: { npm: { url: '${upstream}' } }
packages:
${ours.join('')}  '**': { access: $all, proxy: npm }
log: { type: stdout, level: warn }
`,
  )
  const bin = `${tools}/node_modules/verdaccio/bin/verdaccio`
  const server = spawn('node', [bin, '--config', 'config.yaml', '--listen', address], { cwd: tools, stdio: 'inherit' })
  stops.push(async () => {
    if (server.exitCode === null && server.kill()) await once(server, 'exit')
  })
  while (
    !(await fetch(`http://${address}/-/ping`).then(
      (response) => response.ok,
      () => false,
    ))
  ) {
    assert.equal(server.exitCode, null, 'Verdaccio ended')
    await pause(100)
  }
  // npm and pnpm publish nothing without a token, even where none is asked for.
  // A scope's registry in the settings of who runs this would go before the command's.
  const scope = `@regotcha-feedback:registry=http://${address}/`
  writeFileSync(`${copy}/.npmrc`, `//${address}/:_authToken=none\n${scope}\n`)
  return `http://${address}/`
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}
