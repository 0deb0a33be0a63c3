/** The examples run, and the README's code is theirs. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { findChromium } from '../setup/chromium.mjs'

const root = resolve(import.meta.dirname, '../..')
const env = { ...process.env, CHROMIUM_PATH: findChromium() }

function runExample(name: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`${root}/examples/${name}.ts`], {
    env,
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  return stdout
}

test.each(['playwright', 'puppeteer', 'puppeteer-extra'])('%s: accepted, and recorded by the API', (name) => {
  expect(runExample(name)).toMatch(
    /^accepted: acceptedWhen held, on .*\/form\/dashboard\nthe API recorded task_\w+: valid true\n$/,
  )
})

test('combinators: the verdict says what held', () => {
  expect(runExample('combinators')).toMatch(
    /^accepted: acceptedWhen held: any\(all\(url\(\*\*\/dashboard\), not\(status\(5xx\)\)\), json\(zod schema\)\), on .*\/form\/dashboard\n/,
  )
})

test('report: recorded without a browser', () => {
  expect(runExample('report')).toMatch(/: recorded at attempt 1\n0 pending\nthe API recorded task_\w+: valid true\n$/)
})

test('dry-run: shows what the predicates would have said, and sends nothing', () => {
  const output = runExample('dry-run')
  expect(output).toMatch(/^undecided \(no-match\)/)
  expect(output).toMatch(/response 200 .*\/form\/dashboard: acceptedWhen did not hold, rejectedWhen did not hold/)
  expect(output).not.toContain('the API recorded')
})

test('demo: both adapters, every kind of verdict, and only what was decided at the API', () => {
  const output = runExample('demo')
  for (const adapter of ['Playwright', 'Puppeteer']) expect(output).toContain(`${adapter}: a good token`)
  expect(output.match(/verdict {2}accepted/g)).toHaveLength(2)
  expect(output.match(/verdict {2}rejected/g)).toHaveLength(4)
  expect(output.match(/verdict {2}undecided/g)).toHaveLength(2)
  expect(output).toContain('8 tasks, 6 feedbacks recorded, each once; 2 undecided, nothing sent.')
})

test("each of the README's snippets of TypeScript stands in an example", () => {
  const readme = readFileSync(`${root}/README.md`, 'utf8')
  const snippets = [...readme.matchAll(/```ts\n\/\/ (examples\/[\w-]+\.ts)\n([\s\S]*?)```/g)]
  expect(snippets.length).toBe(readme.match(/```ts\n/g)?.length)
  expect(snippets.length).toBeGreaterThan(2)
  for (const [, path = '', code = ''] of snippets) {
    const example = readFileSync(`${root}/${path}`, 'utf8')
    for (const part of code.split('…\n')) expect(example).toContain(part.trim())
  }
})
