/** Every link in README and docs has a target. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const pagesIn = (folder: string) =>
  readdirSync(`${root}/${folder}`)
    .filter((name) => name.endsWith('.md'))
    .map((name) => (folder ? `${folder}/${name}` : name))
const packages = readdirSync(`${root}/packages`).map((name) => `packages/${name}`)
const pages = ['', 'docs', '.changeset', ...packages].flatMap(pagesIn)

test.each(pages)('each link in %s has a target', (page) => {
  const text = readFileSync(`${root}/${page}`, 'utf8').replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, 'code')
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const lost = targets.filter((target) => !/^[a-z]+:/.test(target) && !isThere(page, target))
  expect(lost).toEqual([])
})

function isThere(page: string, target: string): boolean {
  const [path, anchor] = target.split('#')
  // A changeset becomes part of the changelogs, whose links are relative to the root.
  const base = page.startsWith('.changeset') ? root : dirname(`${root}/${page}`)
  const file = path ? resolve(base, path) : `${root}/${page}`
  if (relative(root, file).startsWith('..') || !existsSync(file)) return false
  return anchor === undefined || anchorsOf(file).includes(anchor)
}

/** Anchors as GitHub generates them from headings. */
const anchorsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
