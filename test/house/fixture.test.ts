/** The fixture for Playwright Test, checked in the report of a run. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import type { JSONReport } from '@playwright/test/reporter'
import type { Verdict } from '@regotcha-feedback/core'
import { beforeAll, expect, test } from 'vitest'

let report: JSONReport

beforeAll(() => {
  const output = mkdtempSync(`${tmpdir()}/playwright-test-`)
  const { REGOTCHA_CLIENT_KEY: _, REGOTCHA_API_KEY: __, ...env } = process.env
  const { stdout, stderr } = spawnSync(
    `${import.meta.dirname}/../node_modules/.bin/playwright`,
    ['test', 'fixture.spec.ts', '--reporter=json', `--output=${output}`],
    { cwd: import.meta.dirname, env, encoding: 'utf8' },
  )
  rmSync(output, { recursive: true })
  expect(stderr).toBe('')
  report = JSON.parse(stdout)
}, 60_000)

/** How a test of the spec file ended, and what the fixture attached to it. */
function resultOf(title: string) {
  const result = report.suites[0]?.specs.find((spec) => spec.title === title)?.tests[0]?.results[0]
  const ours = result?.attachments.filter(({ name }) => name.startsWith('regotcha-feedback ')) ?? []
  const attached = ours.map(({ name, body }) => {
    const { taskId, sentence, verdict, delivery } = JSON.parse(Buffer.from(body ?? '', 'base64').toString()) as {
      taskId: string
      sentence: string
      verdict: Verdict
      delivery: object
    }
    expect(name).toBe(`regotcha-feedback ${taskId}`)
    expect(verdict.why.trail).not.toHaveLength(0)
    return { sentence, delivery }
  })
  return { status: result?.status, errors: result?.errors.map(({ message }) => message), attached }
}

const passed = { status: 'passed', errors: [] }
const recorded = { kind: 'delivered', by: 'recorded', attempts: 1 }
const notSent = { kind: 'not-sent', reason: 'undecided' }
const sentence = (start: string) => expect.stringMatching(new RegExp(`^${start}`))

test('the end of a test waits for its verdict and delivery, and attaches both', () => {
  expect(resultOf('a bad token')).toEqual({
    ...passed,
    attached: [{ sentence: sentence('rejected: rejectedWhen held'), delivery: recorded }],
  })
})

test('each watch of a test has its own verdict', () => {
  const accepted = { sentence: sentence('accepted: '), delivery: recorded }
  expect(resultOf('two captchas')).toEqual({ ...passed, attached: [accepted, accepted] })
})

test('a missing verdict neither fails a test nor delays it for long', () => {
  expect(resultOf('no answer')).toEqual({
    ...passed,
    attached: [{ sentence: sentence(String.raw`undecided \(stopped\)`), delivery: notSent }],
  })
})

test('a closed page does not fail a test', () => {
  expect(resultOf('a page that is closed')).toEqual({
    ...passed,
    attached: [{ sentence: sentence(String.raw`undecided \(page-closed\)`), delivery: notSent }],
  })
})

test('a call’s options take precedence over the test’s; without a key it is a dry run', () => {
  expect(resultOf('options of the call')).toEqual({
    ...passed,
    attached: [{ sentence: sentence('accepted: '), delivery: { kind: 'not-sent', reason: 'dry-run' } }],
  })
})

test('a test that timed out fails only for that, and still waits for its verdict', () => {
  expect(resultOf('no time left')).toEqual({
    status: 'timedOut',
    errors: [expect.stringContaining('Test timeout of 1ms exceeded')],
    attached: [{ sentence: sentence('accepted: '), delivery: recorded }],
  })
})
