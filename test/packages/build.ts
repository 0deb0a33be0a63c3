/**
 * `pnpm build`: builds the packages as they are published. Removes comments from the compiler's JavaScript (declarations
 * keep theirs), and declarations that no entry of a package imports.
 */
import { type ExecFileException, execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const root = resolve(import.meta.dirname, '../..')

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly exports: Readonly<Record<string, { readonly types: string; readonly default: string }>>
  readonly bin?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly [other: string]: unknown
}

const manifestOf = (folder: string) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))

export const packages = readdirSync(`${root}/packages`).map((name) => {
  const folder = `${root}/packages/${name}`
  return { folder, name: manifestOf(folder).name as string }
})

export async function build() {
  await compile('-b', ...packages.map(({ folder }) => folder))
  await Promise.all(packages.map(({ folder }) => finish(folder)))
}

async function finish(folder: string) {
  dropOrphans(folder)
  // A second emit, of the code alone: the compiler's `removeComments` would take them from the declarations too.
  const codeAlone = ['--composite', 'false', '--incremental', 'false', '--declaration', 'false', '--removeComments']
  await compile('-p', folder, ...codeAlone)
  // Kept in the folder, as the workspace's own compiler needs them: npm and pnpm leave out what this file lists.
  writeFileSync(`${folder}/dist/.npmignore`, unreachable(folder).join('\n'))
}

const compile = (...args: readonly string[]) =>
  run(process.execPath, [`${root}/node_modules/typescript/bin/tsc`, ...args])

/** Output of `tsc -b` for deleted sources: a release is packed from a fresh checkout. */
function dropOrphans(folder: string) {
  for (const path of outputs(folder)) {
    const source = join(folder, 'src', path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
    if (source.endsWith('.ts') && !existsSync(source)) rmSync(join(folder, 'dist', path))
  }
}

/** Declarations that no entry imports, directly or indirectly. */
function unreachable(folder: string): readonly string[] {
  const reached = new Set<string>()
  const reach = (file: string) => {
    if (reached.has(file)) return
    reached.add(file)
    for (const [, path = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import|import\() ?['"](\.[^'"]+)['"]/g)) {
      reach(resolve(dirname(file), path.replace(/\.(ts|js)$/, '.d.ts')))
    }
  }
  const entries: Manifest['exports'] = manifestOf(folder).publishConfig.exports
  for (const { types } of Object.values(entries)) reach(resolve(folder, types))
  return outputs(folder).filter((path) => path.endsWith('.d.ts') && !reached.has(resolve(folder, 'dist', path)))
}

const outputs = (folder: string) => readdirSync(`${folder}/dist`, { recursive: true, encoding: 'utf8' })

const execute = promisify(execFile)

export async function run(command: string, args: readonly string[], cwd = root, env = process.env): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd, env, maxBuffer: Number.POSITIVE_INFINITY })
    return stdout
  } catch (error) {
    const { stdout, stderr, code } = error as ExecFileException
    throw new Error(`${command} ${args.join(' ')} in ${cwd}: ${code}\n${stdout}${stderr}`)
  }
}

if (import.meta.main) await build()
