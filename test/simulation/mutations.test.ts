/** Faults that were found once, put back into a copy of core: the simulator must find each. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { itsFolder } from './core.ts'
import { simulate, told } from './simulate.ts'

interface Mutation {
  readonly name: string
  /** Below core's `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
}

const mutations: readonly Mutation[] = [
  {
    name: 'what the crawler has the browser open is evidence',
    file: 'watching/documents.ts',
    find: 'return told ?? (!transition || isReferredWithin(url, all))',
    replace: 'return true',
  },
]

test.each(mutations)('it finds: $name', async ({ file, find, replace }) => {
  const folder = mkdtempSync(join(tmpdir(), 'core-'))
  try {
    cpSync(itsFolder, join(folder, 'src'), { recursive: true })
    symlinkSync(join(itsFolder, '../node_modules'), join(folder, 'node_modules'))
    const source = readFileSync(join(folder, 'src', file), 'utf8')
    expect(source.split(find), `${file} has this once: ${find}`).toHaveLength(2)
    writeFileSync(
      join(folder, 'src', file),
      source.replace(find, () => replace),
    )
    const report = await simulate({ visits: 20_000, folder: join(folder, 'src/'), shrunk: 1, goesOn: false })
    expect(report.sensible.wrong, told(report)).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
