/** Compiles a user's TypeScript against our packed declarations. */
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

/** Makes libraries available to a project in which our tarballs are installed. */
export function link(project: string, names: readonly string[] = Object.keys(libraries)) {
  for (const name of names) {
    const place = `${project}/node_modules/${name}`
    mkdirSync(dirname(place), { recursive: true })
    rmSync(place, { recursive: true, force: true })
    symlinkSync(realpathSync(`${root}/${libraries[name]}/node_modules/${name}`), place)
  }
}

/** The files and options of a consumer's project. */
export const compiled = ['consumer/pages.ts', 'consumer/fixture.ts', 'consumer/rest.ts']

export function writeConsumer(project: string) {
  cpSync(new URL('consumer', import.meta.url), `${project}/consumer`, { recursive: true })
}

/**
 * The errors that a version of TypeScript reports in a project's own files and in our declarations. Errors in the
 * declarations of other libraries are ignored, because those need not support every version.
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
