import { readFileSync } from 'node:fs'
import { type Doubt, doubts, effects } from '@regotcha-feedback/core/watch'
import { expect, test } from 'vitest'

const row = ([effect, means]: [string, string]) => {
  const own = Object.values<Doubt>(doubts).filter((doubt) => doubt.effect === effect)
  return `| ${own.map(({ says }) => says).join('; ')} | ${means} |`
}

test('docs/evidence.md lists the table of doubts', () => {
  const docs = readFileSync(new URL('../../docs/evidence.md', import.meta.url), 'utf8')
  const [, list = ''] = /<!-- doubts -->\n([\s\S]*?)<!-- \/doubts -->/.exec(docs) ?? []
  expect(list).toBe(`| seen | what it changes |\n| --- | --- |\n${Object.entries(effects).map(row).join('\n')}\n`)
})
