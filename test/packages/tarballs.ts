/** Our packages as they would be published. */
import { type ExecFileException, execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const root = resolve(import.meta.dirname, '../..')

export interface Tarball {
  readonly name: string
  readonly file: string
  /** Packed, in bytes. */
  readonly size: number
  readonly paths: readonly string[]
  readonly manifest: Manifest
}

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

export const packages = readdirSync(`${root}/packages`).map((folder) => ({
  folder: `${root}/packages/${folder}`,
  name: (JSON.parse(readFileSync(`${root}/packages/${folder}/package.json`, 'utf8')) as Manifest).name,
}))

/** Builds and packs all packages into a folder of their own. */
export async function packAll(): Promise<readonly Tarball[]> {
  await run('pnpm', ['exec', 'tsc', '-b', ...packages.map(({ folder }) => folder)])
  for (const { folder } of packages) dropOrphans(folder)
  const target = mkdtempSync(`${tmpdir()}/tarballs-`)
  const listed = await run('pnpm', ['-r', '--filter', './packages/*', 'pack', '--json', '--pack-destination', target])
  const packed: { name: string; filename: string; size: number; files: { path: string }[] }[] = JSON.parse(listed)
  const tarballs = packed.map(async ({ name, filename: file, size, files }) => ({
    name,
    file,
    size,
    paths: files.map(({ path }) => path),
    manifest: JSON.parse(await run('tar', ['xzOf', file, 'package/package.json'])),
  }))
  return Promise.all(tarballs)
}

/** What `tsc -b` made of sources that are gone since: a release is packed from a fresh checkout. */
function dropOrphans(folder: string) {
  for (const path of readdirSync(`${folder}/dist`, { recursive: true, encoding: 'utf8' })) {
    const source = join(folder, 'src', path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
    if (source.endsWith('.ts') && !existsSync(source)) rmSync(join(folder, 'dist', path))
  }
}

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
