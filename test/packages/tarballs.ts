/** Our packages as they would be published. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { build, type Manifest, run } from './build.ts'

export interface Tarball {
  readonly name: string
  readonly file: string
  /** Packed, in bytes. */
  readonly size: number
  readonly paths: readonly string[]
  readonly manifest: Manifest
}

/** Builds and packs all packages into a new folder. */
export async function packAll(): Promise<readonly Tarball[]> {
  await build()
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
