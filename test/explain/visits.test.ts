/** Visits that a watch recorded, through the commands that take recordings. */
import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'
import type { Visit, VisitRequest } from '@regotcha-feedback/core/watch'
import { expect, test } from 'vitest'
import { folder, run, runAlone, write } from './command-line.ts'

const logs = brotliDecompressSync(readFileSync(new URL('../golden/playwright.jsonl.br', import.meta.url))).toString()
const visits: readonly { kind: string; flow: string; visit: Visit }[] = logs
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

/** A file of the visit of a flow. */
function recorded(name: string, flow: RegExp, change: (visit: Visit) => Visit = (visit) => visit): string {
  const found = visits.find((golden) => flow.test(`${golden.kind}: ${golden.flow}`))
  if (!found) throw new Error(`no record of ${flow}`)
  return write(`${name}.visit.json`, JSON.stringify(change(found.visit)))
}

const [accepted, rejected] = [/: 302 to the dashboard$/, /: the form again with an error, status 200$/]
const right = write(
  'right.ts',
  "import { url } from '@regotcha-feedback/core'\nexport const acceptedWhen = url('**/dashboard')\n",
)
const never = write('never.ts', 'export const acceptedWhen = () => false\nexport const rejectedWhen = () => false\n')

test('a visit is explained as its watch saw it, with nothing left open', async () => {
  const { code, stdout } = await run('explain', recorded('one', accepted), '--rules', right)
  expect(stdout).toContain('the watch itself')
  expect(stdout).toMatch(/^verdict: accepted: acceptedWhen held: url\(\*\*\/dashboard\)/m)
  expect(stdout).not.toContain('unless')
  expect(code).toBe(0)
})

test('what was undecided in the last days is replayed with new rules, a line each', async () => {
  const undecided = { kind: 'undecided', by: 'no-match' } as const
  const lately = Date.now() - 60_000
  recorded('many/decided', accepted, (visit) => ({ ...visit, armedAt: lately }))
  recorded('many/undecided', accepted, (visit) => ({ ...visit, verdict: undecided, armedAt: lately }))
  recorded('many/old', accepted, (visit) => ({ ...visit, verdict: undecided, armedAt: lately - 48 * 3_600_000 }))
  const many = `${folder}/many`
  const lines = async (...args: readonly string[]) => (await run('explain', many, ...args)).stdout.trim().split('\n')
  const found = await lines('--undecided', '--days', '1', '--rules', right)
  expect(found).toEqual([
    expect.stringMatching(
      /^undecided\.visit\.json\s+was undecided \(no-match\)\s+accepted \(url\(\*\*\/dashboard\)\)$/,
    ),
    '',
    '1 recording, none undecided',
  ])
  expect((await lines('--rules', never)).at(-1)).toBe('3 recordings, 3 undecided')
  expect((await run('explain', many, '--rules', never)).code).toBe(1)
})

test('suggest makes rules of recorded visits, and check finds them right', async () => {
  recorded('both/accepted/1', accepted)
  recorded('both/rejected/1', rejected)
  const { code, stdout } = await runAlone('suggest', `${folder}/both`)
  expect(code).toBe(0)
  const rules = write('suggested.ts', stdout)
  expect(await runAlone('check', rules, `${folder}/both`)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 recordings, all as expected'),
  })
})

test('suggest goes without bodies that came only after the verdict', async () => {
  const withCalls = (visit: Visit): Visit => {
    const { body: _, ...form } = visit.requests[0] as VisitRequest
    const at = (visit.facts.at(-1)?.at ?? 0) + 1
    const calls = [0, 1].map((n) => {
      const url = new URL(`/news/${n}`, form.url).href
      const request = visit.requests.length + n
      const facts: Visit['facts'] = [
        { kind: 'request', at, request },
        { kind: 'response', at, request, url, status: 200, headers: { 'content-type': 'application/json' } },
      ]
      const read = {
        kind: 'read',
        at: at + (n + 1) * visit.verdictTimeout,
        request,
        what: 'text',
        value: '{}',
      } as const
      return {
        sent: { ...form, native: 100 + n, chain: 200 + n, url, method: 'GET', isNavigation: false },
        facts,
        read,
      }
    })
    const requests = [...visit.requests, ...calls.map(({ sent }) => sent)]
    const facts = [...visit.facts, ...calls.flatMap(({ facts }) => facts), ...calls.map(({ read }) => read)]
    return { ...visit, requests, facts }
  }
  recorded('late/accepted/1', accepted, withCalls)
  recorded('late/rejected/1', rejected, withCalls)
  const { code, stdout } = await run('suggest', `${folder}/late`)
  expect(code).toBe(0)
  expect(stdout).toContain("acceptedWhen = url('**/form/dashboard')")
})

test.each([
  ['truncated', '{"visit":1,"facts":[', 'is not JSON: it is truncated, or was edited'],
  ['other JSON', '{"visit":2}', 'is no recorded visit: `visit`'],
])('a visit that is %s is bad input', async (name, text, sentence) => {
  const file = write(`${name}.visit.json`, text)
  const { code, stderr } = await run('explain', file, '--rules', right)
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(sentence) })
})
