/** User projects, which contain nothing of ours but the tarballs. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { packages, run } from './build.ts'
import type { Tarball } from './tarballs.ts'

/** An empty project that depends on some packages. Their dependencies on our packages come from tarballs, too. */
export function emptyProject(
  tarballs: readonly Tarball[],
  names: readonly string[],
  others: Readonly<Record<string, string>> = {},
): string {
  const project = mkdtempSync(`${tmpdir()}/project-`)
  const ours = Object.fromEntries(tarballs.map(({ name, file }) => [name, `file:${file}`]))
  const wanted = Object.fromEntries(Object.entries(ours).filter(([name]) => names.includes(name)))
  const manifest = {
    name: 'project',
    private: true,
    type: 'module',
    version: '0.0.0',
    dependencies: { ...wanted, ...others },
    overrides: ours, // npm's word
    // yarn's. It wants to know of every platform's build of this one, and not every registry has them all of the latest.
    resolutions: { ...ours, 'msgpackr-extract': '3.0.3' },
  }
  writeFileSync(`${project}/package.json`, JSON.stringify(manifest, null, 2))
  // pnpm's
  const overrides = Object.entries(ours).map(([name, file]) => `  '${name}': ${file}\n`)
  writeFileSync(`${project}/pnpm-workspace.yaml`, `overrides:\n${overrides.join('')}`)
  for (const file of ['use.mjs', 'use.cjs']) cpSync(new URL(file, import.meta.url), `${project}/${file}`)
  return project
}

/**
 * Unpacks a package into a project with what it depends on, and nothing else. A package manager takes longer, and where it
 * puts the dependencies of dependencies, too, a missing one stays unnoticed.
 */
export async function unpack(tarballs: readonly Tarball[], name: string, project: string): Promise<void> {
  const place = `${project}/node_modules/${name}`
  const tarball = tarballs.find((tarball) => tarball.name === name)
  const folder = packages.find((each) => each.name === name)?.folder
  if (!tarball || existsSync(place)) return
  mkdirSync(place, { recursive: true })
  await run('tar', ['xzf', tarball.file, '--strip-components=1', '-C', place])
  for (const needed of Object.keys(tarball.manifest.dependencies ?? {})) {
    await unpack(tarballs, needed, project)
    const other = `${project}/node_modules/${needed}`
    if (existsSync(other)) continue
    mkdirSync(dirname(other), { recursive: true })
    symlinkSync(realpathSync(`${folder}/node_modules/${needed}`), other)
  }
}

/** The import of each entry, as a user would write it. */
export function entries({ name, manifest }: Tarball): readonly string[] {
  return Object.keys(manifest.exports).map((path) => path.replace(/^\./, name))
}

export const npmInstall = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
