/** Our packages as they would be published. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

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
export function packAll(): readonly Tarball[] {
  run('pnpm', ['exec', 'tsc', '-b', ...packages.map(({ folder }) => folder)])
  for (const { folder } of packages) dropOrphans(folder)
  const target = mkdtempSync(`${tmpdir()}/tarballs-`)
  const listed = run('pnpm', ['-r', '--filter', './packages/*', 'pack', '--json', '--pack-destination', target])
  const packed: { name: string; filename: string; size: number; files: { path: string }[] }[] = JSON.parse(listed)
  return packed.map(({ name, filename: file, size, files }) => ({
    name,
    file,
    size,
    paths: files.map(({ path }) => path),
    manifest: JSON.parse(run('tar', ['xzOf', file, 'package/package.json'])),
  }))
}

/** What `tsc -b` made of sources that are gone since: a release is packed from a fresh checkout. */
function dropOrphans(folder: string) {
  for (const path of readdirSync(`${folder}/dist`, { recursive: true, encoding: 'utf8' })) {
    const source = join(folder, 'src', path.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts'))
    if (source.endsWith('.ts') && !existsSync(source)) rmSync(join(folder, 'dist', path))
  }
}

export function run(command: string, args: readonly string[], cwd = root, env = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: Number.POSITIVE_INFINITY,
  })
  if (status === 0) return stdout
  throw new Error(`${command} ${args.join(' ')} in ${cwd}: ${error ?? `exit code ${status}`}\n${stdout}${stderr}`)
}
