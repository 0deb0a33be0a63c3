/** User projects, which contain nothing of ours but the tarballs. */
import { cpSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
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

/** The import of each entry, as a user would write it. */
export function entries({ name, manifest }: Tarball): readonly string[] {
  return Object.keys(manifest.exports).map((path) => path.replace(/^\./, name))
}

export const npmInstall = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline']
