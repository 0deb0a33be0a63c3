/** Recorded sessions, as the recorders of several browsers wrote them, and what is none. */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { explain } from '@regotcha-feedback/cli/explain'
import { cookie, json, status, url, visible } from '@regotcha-feedback/core'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'
import { run as runCommand, start, write } from './command-line.ts'
import { type Session, sessions, tokenOf } from './sessions.ts'

const recordings = resolve(import.meta.dirname, 'recordings')
const recorded = (name: string) => `${recordings}/${name}.har`

const run = (...args: readonly string[]) => runCommand('explain', ...args)

for (const name of readdirSync(recordings).map((file) => file.replace('.har', ''))) {
  const session = Object.keys(sessions).find((known) => name.endsWith(known)) as Session
  const { rules, verdict } = sessions[session]

  test.each([
    ['the token is given', { token: tokenOf(session) }],
    ['its field is well known', {}],
  ])(`${name}, where ${'%s'}`, async (_, telling) => {
    const explanation = await explain(recorded(name), { ...rules, ...telling })
    expect(String(explanation.verdict)).toContain(verdict)
    expect(explanation.unless.map(({ kind }) => kind)).toEqual([])
    expect(JSON.stringify(explanation)).not.toContain(tokenOf(session))
  })
}

test('a body that the recording does not hold might have been one on which a predicate holds', async () => {
  const har = JSON.parse(readFileSync(recorded('playwright-json-rejected'), 'utf8'))
  for (const { response } of har.log.entries) delete response.content.text
  const without = write('without-bodies.har', JSON.stringify(har))
  const { verdict, unless, steps } = await explain(without, {
    acceptedWhen: json(z.object({ success: z.literal(true) })),
  })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'predicate-error' })
  expect(unless).toContainEqual(expect.objectContaining({ kind: 'unreadable', predicate: 'acceptedWhen' }))
  expect(steps).toContainEqual(
    expect.objectContaining({ acceptedWhen: { kind: 'none', because: 'the recording does not hold this body' } }),
  )
})

test.each([visible('.welcome'), cookie('session')])('a recording has no page to ask: %o', async (acceptedWhen) => {
  const { verdict, steps } = await explain(recorded('playwright-form-accepted'), { acceptedWhen })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'predicate-error' })
  expect(steps.find((step) => step.acceptedWhen)?.acceptedWhen).toMatchObject({ kind: 'none' })
})

test('a rejection by silence stands only if nothing happened that a recording does not tell', async () => {
  const { verdict, unless } = await explain(recorded('playwright-json-rejected'), {
    acceptedWhen: ({ url }) => url.endsWith('/dashboard'),
    rejectedWhen: () => false,
    silence: 'rejected',
  })
  expect(verdict).toMatchObject({ kind: 'rejected', by: 'silence' })
  expect(unless.map(({ kind }) => kind)).toEqual(['closed', 'script-url'])
})

test.each([
  ['as it happened', 60],
  ['too early, by a recorder that was late', 15],
])('a call that the page went on from, its end told %s, is no answer to go by', async (_, took) => {
  const startedDateTime = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString()
  const response = { status: -1, headers: [], redirectURL: '', _failureText: 'net::ERR_ABORTED' }
  const call = {
    method: 'POST',
    url: 'https://shop.example/login',
    headers: [],
    postData: { text: tokenOf('json-rejected') },
  }
  const page = {
    method: 'GET',
    url: 'https://shop.example/dashboard',
    headers: [{ name: 'accept', value: 'text/html' }],
  }
  const entries = [
    { startedDateTime: startedDateTime(0), time: took, request: call, response },
    {
      startedDateTime: startedDateTime(20),
      time: 30,
      request: page,
      response: { ...response, status: 200, _failureText: undefined },
    },
  ]
  const har = write('left.har', JSON.stringify({ log: { entries } }))
  const { verdict } = await explain(har, { token: tokenOf('json-rejected'), acceptedWhen: url('**/dashboard') })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'no-answer' })
})

test("time stands still while a predicate works, and goes on by the recording's clock", async () => {
  const acceptedWhen = async () => {
    await new Promise((done) => setTimeout(done, 30))
    return false
  }
  const { verdict, steps } = await explain(recorded('playwright-form-accepted'), {
    acceptedWhen,
    verdictTimeout: 3_600_000,
  })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'no-match' })
  expect(steps.at(-1)).toMatchObject({ kind: 'ended', at: 3_600_000 })
})

test('rules by site are those of the page that submitted', async () => {
  const rule = (match: string) => ({ sites: [{ match, acceptedWhen: status(200) }] })
  const at = async (match: string) => (await explain(recorded('firefox-devtools-form-accepted'), rule(match))).verdict
  expect(await at('**/form/')).toMatchObject({ kind: 'accepted' })
  expect(await at('**/elsewhere/')).toMatchObject({ kind: 'undecided', reason: 'no-rule' })
})

const whole = readFileSync(recorded('playwright-form-accepted'), 'utf8')
test.each([
  ['truncated', whole.slice(0, -3000), 'ends in the middle of entry'],
  ['broken', whole.replace('"entries": [', '"entries": [}'), 'it is not JSON'],
  ['a page', '<html></html>', 'is not a HAR: it is not JSON'],
  ['other JSON', '{"log":1}', 'is not a HAR: expected JSON with `log.entries`'],
  ['empty', '', 'is empty'],
  ['a zip archive', 'PK\x03\x04', 'is a zip archive'],
  ['of an entry without a time', '{"log":{"entries":[{"request":{}}]}}', 'entry 1 has no `startedDateTime`'],
])('a HAR that is %s is told from one that can be explained', async (_, text, sentence) => {
  await expect(explain(write('bad.har', text), sessions['form-accepted'].rules)).rejects.toThrow(sentence)
})

const good = "import { url } from '@regotcha-feedback/core'\nexport const acceptedWhen = url('**/dashboard')\n"

test('the command prints the timeline, and its exit code tells a verdict from none', async () => {
  const har = recorded('chrome-devtools-form-accepted')
  const accepted = await run(har, '--rules', write('good.ts', good))
  expect(accepted).toMatchObject({ code: 0, stderr: '' })
  expect(accepted.stdout).toContain('submitted  POST')
  expect(accepted.stdout).toMatch(/^verdict: accepted: acceptedWhen held: url\(\*\*\/dashboard\)/m)
  expect(accepted.stdout).not.toContain('\x1b')
  const undecided = await run(har, '--json', '--rules', write('never.ts', 'export const acceptedWhen = () => false'))
  expect(undecided.code).toBe(1)
  expect(JSON.parse(undecided.stdout)).toMatchObject({
    verdict: { kind: 'undecided', reason: 'no-match' },
    unless: [{}],
  })
})

test.each([
  ['do not compile', 'export const acceptedWhen = (', "can't be loaded: SyntaxError"],
  ['export nothing', 'const acceptedWhen = () => true', 'expected an export of `acceptedWhen` or `sites`'],
  ['export something else', 'export const acceptWhen = 1', 'got `acceptWhen`'],
  ['are of the wrong kind', 'export const acceptedWhen = 1', '`acceptedWhen`: expected a function, got 1'],
  ['throw', "throw new Error('boom')", 'Error: boom'],
  ['hold what Node can not strip', 'enum A { B }\nexport const acceptedWhen = () => A.B === 0', 'such as an enum'],
])('rules that %s are bad input', async (name, code, sentence) => {
  const rules = write(`${name}.ts`, code)
  const { code: exit, stdout, stderr } = await run(recorded('playwright-form-accepted'), '--rules', rules)
  expect({ exit, stdout, stderr }).toEqual({ exit: 2, stdout: '', stderr: expect.stringContaining(sentence) })
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('a file that is not there is bad input', async () => {
  expect(await run('none.har', '--rules', write('good.ts', good))).toMatchObject({ code: 2 })
  expect(await run(recorded('playwright-form-accepted'), '--rules', 'none.ts')).toMatchObject({ code: 2 })
})

test('--watch explains again when a module is edited that the rules import, and survives what does not compile', async () => {
  write('watched/where.ts', "export const where: string = '/nowhere'")
  const rules = write(
    'watched/rules.ts',
    "import { where } from './where'\nexport const acceptedWhen = ({ url }: { url: string }) => url.endsWith(where)",
  )
  const child = start('explain', recorded('playwright-form-accepted'), '--rules', rules, '--watch')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text))
  const until = async (text: string) => {
    await vi.waitFor(() => expect(output).toContain(text), { timeout: 30_000 })
    await vi.waitFor(() => expect(output).toMatch(/watching rules\.ts, where\.ts\n$/), { timeout: 30_000 })
    output = ''
  }
  try {
    await until('verdict: undecided')
    write('watched/where.ts', 'export const where = (')
    await until("can't be loaded: SyntaxError")
    write('watched/where.ts', "export const where = '/dashboard'")
    await until('verdict: accepted')
  } finally {
    child.kill()
    await once(child, 'exit')
  }
})
