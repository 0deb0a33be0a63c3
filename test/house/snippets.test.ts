/** Runs the JavaScript in the docs, with stand-ins for the reader's own code. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { createMemoryOutbox } from '@regotcha-feedback/core/outbox'
import { expect, test } from 'vitest'

const docs = new URL('../../docs/', import.meta.url)
const snippets = readdirSync(docs)
  .filter((name) => name.endsWith('.md'))
  .flatMap((page) => {
    const text = readFileSync(new URL(page, docs), 'utf8')
    return [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => ({ page, code }))
  })

const checked: Promise<unknown>[] = []
const standIns = {
  createRegotchaFeedback: (options: object) => createRegotchaFeedback({ dryRun: true, ...options }),
  browser: { newContext: async () => ({ close: async () => {} }) },
  openMyOutbox: createMemoryOutbox,
  requestOf: () => {},
  test: (_: string, check: () => Promise<unknown>) => checked.push(check()),
}

const named = /^import \{ (.*) \} from '(.*)'$/gm

test.each(snippets)('JavaScript in $page runs', async ({ code }) => {
  const imported: Record<string, unknown> = {}
  for (const [, names = '', module = ''] of code.matchAll(named)) {
    const exports: Record<string, unknown> = await import(module)
    for (const name of names.split(', ')) {
      expect(Object.keys(exports)).toContain(name)
      imported[name] = exports[name]
    }
  }
  const scope = { ...standIns, ...imported }
  const body = code.replaceAll(named, '').replaceAll(/^export /gm, '')
  const run = new Function(...Object.keys(scope), `return (async () => {${body}})()`)
  await run(...Object.values(scope))
  await Promise.all(checked.splice(0))
})

test('there is JavaScript in the docs', () => {
  expect(snippets.length).toBeGreaterThan(0)
})
