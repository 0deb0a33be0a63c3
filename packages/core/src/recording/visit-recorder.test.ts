import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { createRegotchaFeedback } from '../feedback.ts'
import type { ObservedRequest, Observer, Source } from '../page/source.ts'
import { url } from '../predicates/combinators.ts'
import { type Visit, visitSchema } from './visit.ts'

const folder = mkdtempSync(join(tmpdir(), 'visits-'))
afterAll(() => rmSync(folder, { recursive: true }))
let folders = 0
const clientKey = 'a-key-that-must-not-be-told'
const token = `03A${'k/+='.repeat(80)}`

function fakePage() {
  let observer: Observer | undefined
  const frame = {}
  const page = {}
  const source: Source = {
    page,
    url: () => 'https://site.test/login',
    observe(observing) {
      observer = observing
      return () => {
        observer = undefined
      }
    },
  }
  const requestWith = (more: string): ObservedRequest => ({
    chain: {},
    url: 'https://site.test/login',
    method: 'POST',
    resourceType: 'fetch',
    headers: { cookie: 'session=secret', authorization: 'Bearer secret' },
    body: `t=${encodeURIComponent(token)}&key=${clientKey}&more=${more}`,
    frame,
    isNavigation: false,
    isUnattributed: false,
    native: {},
  })
  return {
    source,
    submit(text: () => Promise<string>, more = '') {
      const request = requestWith(more)
      observer?.request(request)
      const headers = { 'content-type': 'application/json' }
      observer?.response({ request, url: request.url, status: 200, headers, text, native: {} })
    },
    navigate: (to: string) => observer?.navigated({ frame, isMainFrame: true, url: to, native: {} }),
  }
}

/** For visits that take a busy machine a while. */
const patient = { verdictTimeout: 5_000 }

async function recordOf(
  visit: (page: ReturnType<typeof fakePage>) => void,
  options: object = {},
): Promise<{ readonly record: Visit; readonly text: string; readonly file: string }> {
  const own = join(folder, String(folders++))
  const page = fakePage()
  await using feedback = createRegotchaFeedback({ dryRun: true, clientKey, record: own })
  const acceptedWhen = url('**/dashboard')
  const watch = feedback.watch(page.source, 'task/1', { token, acceptedWhen, verdictTimeout: 50, ...options })
  visit(page)
  await watch.verdict
  await feedback.close()
  const [name = ''] = readdirSync(own)
  const file = join(own, name)
  const text = readFileSync(file, 'utf8')
  return { record: visitSchema.parse(JSON.parse(text)), text, file }
}

test('a record has the page’s events, the bodies that were read, the predicates’ answers and the verdict', async () => {
  const { record } = await recordOf((page) => {
    page.submit(async () => '{"next":"/dashboard"}')
    page.navigate('https://site.test/dashboard')
  }, patient)
  expect(record).toMatchObject({
    taskId: 'task/1',
    site: 'site.test',
    verdict: { kind: 'accepted', by: 'acceptedWhen' },
    requests: [{ method: 'POST', url: 'https://site.test/login' }],
  })
  expect(record.facts.map(({ kind }) => kind)).toEqual(['url', 'request', 'response', 'navigated', 'read'])
  expect(record.facts).toContainEqual(expect.objectContaining({ what: 'text', value: '{"next":"/dashboard"}' }))
  expect(record.trail.join('\n')).toContain('acceptedWhen held')
})

test('a record has no tokens, key or login credentials, and only its owner can read it', async () => {
  const { text, file, record } = await recordOf((page) => page.submit(async () => JSON.stringify({ echo: token })))
  for (const secret of [token, encodeURIComponent(token), clientKey, 'session=secret', 'Bearer'])
    expect(text).not.toContain(secret)
  expect(record.token).toHaveLength(token.length)
  expect(record.requests[0]?.body).toContain(record.token)
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a body that is too large or can’t be read is recorded as such', async () => {
  const { record } = await recordOf((page) => page.submit(async () => 'x'.repeat(600_000)))
  expect(record.facts).toContainEqual(expect.objectContaining({ error: 'it was too large to be recorded' }))
  const lost = await recordOf((page) => page.submit(() => Promise.reject(new Error('gone'))))
  expect(lost.record.facts).toContainEqual(expect.objectContaining({ error: 'it could not be read' }))
})

test('a full record says so, and the watch continues', async () => {
  const { record } = await recordOf((page) => {
    for (let left = 12; left > 0; left--) page.submit(async () => '{}', 'x'.repeat(400_000))
    page.navigate('https://site.test/dashboard')
  }, patient)
  expect(record).toMatchObject({ isCut: true, verdict: { kind: 'accepted' } })
  expect(JSON.stringify(record).length).toBeLessThan(5_000_000)
})

test('a stopped watch, or one without events, is recorded, too', async () => {
  const own = join(folder, 'stopped')
  await using feedback = createRegotchaFeedback({ dryRun: true })
  const watch = feedback.watch(fakePage().source, 'task', { token, acceptedWhen: () => false, record: own })
  watch.stop()
  await watch.verdict
  await feedback.close()
  const { verdict, facts } = JSON.parse(readFileSync(join(own, readdirSync(own)[0] as string), 'utf8'))
  expect(verdict).toEqual({ kind: 'undecided', by: 'stopped' })
  expect(facts.at(-1)).toMatchObject({ kind: 'ended', how: 'stopped' })
})

test('if the folder can’t be written, the verdict is not affected, and one warning says so', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
  const { file } = await recordOf((page) => page.submit(async () => '{}'))
  await using feedback = createRegotchaFeedback({ dryRun: true, record: file })
  for (const taskId of ['a', 'b']) {
    const watch = feedback.watch(fakePage().source, taskId, { token, acceptedWhen: () => false })
    watch.stop()
    expect((await watch.verdict).kind).toBe('undecided')
  }
  await feedback.close()
  const told = warned.mock.calls.map(([message]) => String(message)).filter((message) => message.includes('recorded'))
  expect(told).toHaveLength(1)
  warned.mockRestore()
})
