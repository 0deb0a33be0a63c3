/** Faults that were found once, put back into a copy of core: the simulator must find each. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { itsFolder } from './core.ts'
import type { Within } from './run.ts'
import { simulate, told } from './simulate.ts'

interface Mutation {
  readonly name: string
  /** Below core's `src`. */
  readonly file: string
  readonly find: string
  readonly replace: string
  /** Where it shows, so that few visits will do. */
  readonly within?: Within
}

const mutations: readonly Mutation[] = [
  {
    name: 'what holds beside a rejection that no longer counts is an acceptance',
    file: 'inference/inference.ts',
    find: "const isRejected = rejected?.kind === 'held'",
    replace: "const isRejected = rejected?.kind === 'held' && !now.isRejectionVoid",
    within: {
      site: { carrier: 'fetch', refusal: 'words', refusalStatus: 200, wall: 'none' },
      crawler: { clicks: 'twice' },
      asks: { hasty: 'acceptedWhen', rejected: 1 },
    },
  },
  {
    name: 'without a token, what the page asks for by itself is evidence',
    file: 'watch/opened-watch.ts',
    find: ' && story.hasOpened',
    replace: '',
    within: {
      site: { noise: ['polls'] },
      crawler: { knows: 'neither', hesitates: 2_000 },
      asks: { hasty: 'acceptedWhen' },
    },
  },
  {
    name: 'what the crawler has the browser open is evidence',
    file: 'watch/documents.ts',
    find: 'then((isPages) => (isPages ? evidence : undefined))',
    replace: 'then(() => evidence)',
  },
]

test.each(mutations)('it finds: $name', async ({ file, find, replace, within }) => {
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
    const report = await simulate({
      visits: 20_000,
      batch: 250,
      folder: join(folder, 'src/'),
      shrunk: 0,
      within,
      goesOn: false,
    })
    expect(report.sensible.wrong, told(report)).toBeGreaterThan(0)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
