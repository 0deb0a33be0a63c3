/** A user's TypeScript, before our packed declarations. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { packages, root } from './build.ts'

/** Libraries of the user's, as the workspace has them: where each is found. */
const libraries: Readonly<Record<string, string>> = {
  '@playwright/test': 'test',
  '@types/node': '.',
  ioredis: 'test',
  'patchright-core': 'test',
  playwright: 'test',
  'playwright-core': 'packages/puppeteer-extra',
  puppeteer: 'test',
  'puppeteer-24': 'test',
  'puppeteer-core': 'packages/puppeteer-extra',
}

/** Has a project that our tarballs are installed in find libraries too. */
export function link(project: string, names: readonly string[] = Object.keys(libraries)) {
  for (const name of names) {
    const place = `${project}/node_modules/${name}`
    mkdirSync(dirname(place), { recursive: true })
    rmSync(place, { recursive: true, force: true })
    symlinkSync(realpathSync(`${root}/${libraries[name]}/node_modules/${name}`), place)
  }
}

/** What a consumer's project is made of. */
export const compiled = ['consumer/pages.ts', 'consumer/fixture.ts', 'consumer/rest.ts']

export function writeConsumer(project: string) {
  cpSync(new URL('consumer', import.meta.url), `${project}/consumer`, { recursive: true })
}

/**
 * What a version of TypeScript complains of in a project's own files and in our declarations; libraries' own, which
 * need not be made for every version, are not ours to mend.
 *
 * @param files - of the project.
 * @param options - of the compiler, over the usual ones.
 */
export async function complaints(
  project: string,
  typescript: string,
  files: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<readonly string[]> {
  const config = {
    compilerOptions: {
      strict: true,
      skipLibCheck: false,
      skipDefaultLibCheck: true, // TypeScript's own
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      types: ['node'],
      noEmit: true,
      ...options,
    },
    files,
  }
  const configFile = `${project}/tsconfig.${basename(typescript)}.json`
  writeFileSync(configFile, JSON.stringify(config))
  const compiler = [`${typescript}/bin/tsc`, '-p', configFile, '--pretty', 'false']
  const child = spawn(process.execPath, compiler, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
  const [stdout, [status]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const lines = stdout.split('\n').filter((line) => /error TS\d+/.test(line))
  if (status !== 0 && lines.length === 0) throw new Error(`${typescript} ends with ${status}: ${stdout}`)
  const ours = new RegExp(`^(?!\\S*node_modules)|^node_modules/(${packages.map(({ name }) => name).join('|')})/`)
  return lines.filter((line) => ours.test(line))
}
