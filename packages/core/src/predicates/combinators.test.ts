import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import type { ObservedResponse } from '../page/source.ts'
import {
  type Combinator,
  cookie,
  header,
  json,
  sinceNow,
  status,
  text,
  url,
  visible,
  weaknessOf,
} from './combinators.ts'
import { all, any, not } from './composition.ts'
import { type Evidence, navigationEvidence, responseEvidence } from './evidence.ts'
import { toRejection } from './known-before.ts'
import { createAsker } from './predicate.ts'
import { urlPattern } from './url-pattern.ts'

function evidence(
  parts: { url?: string; status?: number; body?: string | Error; headers?: Record<string, string> } = {},
): Evidence {
  const {
    url = 'https://shop.test/app/dashboard?from=login',
    status = 200,
    body = '{"success":true}',
    headers = {},
  } = parts
  const text = async () => {
    if (body instanceof Error) throw body
    return body
  }
  const request = { method: 'POST', resourceType: 'fetch' } as Parameters<typeof responseEvidence>[0]['request']
  return responseEvidence({ request, url, status, headers, text, native: {} }, true)
}

/** `true`, `false`, or `undefined` for no opinion. */
async function answer(combinator: Combinator, of: Evidence = evidence(), page: unknown = {}) {
  const opinion = await createAsker(page, systemClock, 1000).ask(combinator, of)
  return { held: true, 'not-held': false, none: undefined }[opinion.kind]
}

const success = z.object({ success: z.literal(true) })
const lost = evidence({ body: new Error('gone') })
const html = evidence({ body: '<h1>Welcome</h1>' })

test.each<[Combinator, boolean]>([
  [status(200), true],
  [status(201), false],
  [status('2xx'), true],
  [status('4xx'), false],
  [url('**/dashboard'), true],
  [url('https://shop.test/*/dashboard'), true],
  [url('https://shop.test/*'), false],
  [url('https://{shop,www}.test/**'), true],
  [url('**/dash'), false],
  [url('**/dashboard?from=login'), true],
  [url('**/dashboard?from=signup'), false],
  [url(/dashboard\?/g), true],
  [url(({ searchParams }) => searchParams.get('from') === 'login'), true],
  [text('"success":true'), true],
  [text(/SUCCESS/i), true],
  [text(/wrong/), false],
  [json(success), true],
  [json(z.object({ success: z.literal(false) })), false],
  [not(json(success)), false],
  [all(status(200), text('success')), true],
  [all(status(200), text('wrong')), false],
  [any(status(500), text('success')), true],
  [any(status(500), () => false), false],
  [not(any(status(500), status(200))), false],
])('%o', async (combinator, expected) => {
  expect(await answer(combinator)).toBe(expected)
  expect(await answer(combinator)).toBe(expected)
})

describe('what can not be read', () => {
  test('gives no opinion, and neither does its negation', async () => {
    expect(await answer(text('x'), lost)).toBe(undefined)
    expect(await answer(not(text('x')), lost)).toBe(undefined)
    expect(await answer(all(status(200), json(success)), lost)).toBe(undefined)
    expect(await answer(not(json(success)), html)).toBe(false)
  })

  test('does not matter where the rest decides', async () => {
    expect(await answer(all(status(500), text('x')), lost)).toBe(false)
    expect(await answer(any(status(200), text('x')), lost)).toBe(true)
  })
})

test('headers are found by any spelling of their name', async () => {
  const withHeader = evidence({ headers: { 'x-login': 'ok' } })
  expect(await answer(header('X-Login'), withHeader)).toBe(true)
  expect(await answer(header('x-login', 'ok'), withHeader)).toBe(true)
  expect(await answer(header('x-login', /no/), withHeader)).toBe(false)
  expect(await answer(header('x-logout'), withHeader)).toBe(false)
})

test('a header that the library tells late is waited for', async () => {
  const { request } = { request: { method: 'POST', resourceType: 'fetch' } as ObservedResponse['request'] }
  const late = (allHeaders: ObservedResponse['allHeaders']) =>
    responseEvidence(
      { request, url: 'https://shop.test/', status: 200, headers: {}, allHeaders, text: async () => '', native: {} },
      true,
    )
  const told = async () => ({ 'set-cookie': 'session=1; HttpOnly' })
  expect(await answer(header('set-cookie', /^session=/), late(told))).toBe(true)
  expect(await answer(all(status(200), header('set-cookie', /^other=/)), late(told))).toBe(false)
  expect(
    await answer(
      header('set-cookie'),
      late(() => Promise.reject(new Error('closed'))),
    ),
  ).toBe(undefined)
})

test.each<[Combinator, boolean]>([
  [url('**/dashboard'), false],
  [not(url('**/login')), false],
  [any(url('**/dashboard'), text('wrong')), false],
  [any(url('**/dashboard'), text('success')), true],
  [any(url('**/login'), url('**/dashboard')), false],
  [all(url('**/dashboard'), status(200)), true],
  [all(any(url('**/login'), url('**/dashboard')), json(success)), true],
  [all(url('**/dashboard'), not(url('**/login'))), false],
])('where the URL is that of the request, %o answers %s', async (combinator, expected) => {
  const { url, status, headers, text } = evidence()
  const request = { method: 'POST' } as Parameters<typeof responseEvidence>[0]['request']
  const own = responseEvidence({ request, url, status: status ?? 0, headers, text, native: {} }, true, true)
  expect(await answer(combinator, own)).toBe(expected)
})

test.each<[Combinator, boolean | undefined]>([
  [url('**/login'), false],
  [url('**/dashboard'), undefined],
  [any(url('**/dashboard'), text('wrong')), undefined],
  [any(url('**/dashboard'), text('success')), true],
  [all(url('**/dashboard'), status(200)), true],
])('where the page stays, to succeed %o answers %s', async (combinator, expected) => {
  const navigation = { frame: {}, isMainFrame: true, url: evidence().url, native: {} }
  const { url, headers, text } = evidence()
  const request = { method: 'POST' } as Parameters<typeof responseEvidence>[0]['request']
  const stays = navigationEvidence(
    navigation,
    { request, url, status: 200, headers, text, native: {} },
    true,
    'same-page',
  )
  expect(await answer(combinator, stays)).toBe(expected)
  const rejected = await createAsker({}, systemClock, 1000).ask(combinator, toRejection(stays))
  expect(rejected.kind).toBe(expected === false ? 'not-held' : 'held')
})

test('a cookie counts when it is for the site of the evidence, whichever library the page is of', async () => {
  const jar = (domain: string, value = '1', path = '/') => ({
    cookies: async () => [{ name: 'session', value, domain, path }],
  })
  const playwright = (domain: string) => ({ context: () => jar(domain) })
  const ofPath = (path: string) => ({ context: () => jar('shop.test', '1', path) })
  expect(await answer(cookie('session'), evidence(), ofPath('/another'))).toBe(false)
  expect(await answer(cookie('session'), evidence(), playwright('.shop.test'))).toBe(true)
  expect(await answer(cookie('session'), evidence(), playwright('other.test'))).toBe(false)
  expect(await answer(cookie('token'), evidence(), playwright('shop.test'))).toBe(false)
  expect(await answer(cookie('session', '1'), evidence(), playwright('shop.test'))).toBe(true)
  expect(await answer(cookie('session', /^ada/), evidence(), playwright('shop.test'))).toBe(false)
  expect(await answer(cookie('session'), evidence(), { browserContext: () => jar('shop.test') })).toBe(true)
  expect(await answer(cookie('session'), evidence(), { browserContext: () => jar('shop.test', '') })).toBe(false)
})

test('a cookie that the browser had before says nothing, until it is set again', async () => {
  const session = { name: 'session', value: '1', domain: 'shop.test', expires: 1 }
  const jar = { cookies: async () => [session] }
  const page = { context: () => jar }
  const since = (predicate: Combinator) => sinceNow(predicate, page) as Combinator
  const [had, lacked] = [since(cookie('session')), since(not(cookie('other')))]
  expect(had.description).toBe('cookie(session)')
  expect(await answer(had, evidence(), page)).toBeUndefined()
  expect(await answer(since(any(status(500), not(cookie('session')))), evidence(), page)).toBeUndefined()
  expect(await answer(lacked, evidence(), page)).toBe(true)
  jar.cookies = async () => [{ ...session, expires: 2 }]
  expect(await answer(had, evidence(), page)).toBe(true)
  jar.cookies = async () => []
  expect(await answer(had, evidence(), page)).toBe(false)
})

test('an element is visible, is not, or the page could not be asked', async () => {
  const page = (outcome: () => Promise<unknown>) => ({ waitForSelector: outcome })
  const timeout = Object.assign(new Error('too long'), { name: 'TimeoutError' })
  expect(
    await answer(
      visible('h1'),
      evidence(),
      page(async () => ({})),
    ),
  ).toBe(true)
  expect(
    await answer(
      visible('h1'),
      evidence(),
      page(() => Promise.reject(timeout)),
    ),
  ).toBe(false)
  expect(
    await answer(
      visible('h1'),
      evidence(),
      page(() => Promise.reject(new Error('closed'))),
    ),
  ).toBe(undefined)
})

test('each says what it asks', () => {
  const both = all(status('2xx'), any(url('**/dashboard'), text(/welcome/i)), not(header('x-error', 'yes')), () => true)
  expect(both.description).toBe(
    'all(status(2xx), any(url(**/dashboard), text(/welcome/i)), not(header(x-error, yes)), function)',
  )
  expect(json(success).description).toBe('json(zod schema)')
})

test.each<[string, string, boolean]>([
  ['**/#/dashboard', 'https://shop.test/#/dashboard', true],
  ['**/#/dashboard', 'https://shop.test/?from=login#/dashboard?tab=1', true],
  ['**/#/dashboard?tab=2', 'https://shop.test/#/dashboard?tab=1', false],
  ['**/#/dashboard', 'https://shop.test/#/login', false],
  ['**/login', 'https://shop.test/login#/dashboard', true],
  ['**/search?q=*', 'https://shop.test/search?q=cats', true],
  ['**/search?q=*', 'https://shop.test/sorry?back=/search?q=cats', false],
  ['**/search?q=*', 'https://shop.test/sorry#/search?q=cats', false],
  ['myapp://oauth*', 'myapp://oauth?code=1', true],
])('a glob with a fragment asks for that, any other for none: %s of %s', (pattern, given, expected) => {
  expect(urlPattern(pattern)(given)).toBe(expected)
})

test.each([
  'dashboard',
  '/form/dashboard',
  '*dashboard*',
  './dashboard',
  'shop.test/dashboard',
  'https:',
  /^\/dashboard/,
])('a pattern that can match no URL is refused: %s', (pattern) => {
  expect(() => url(pattern)).toThrow(/^url: expected a glob of a whole URL, such as/)
})

test.each([
  '**',
  '**/dashboard',
  '**dashboard',
  'http**',
  'https://**',
  'http*://shop.test/',
  '{http,https}://shop.test/*',
  '*://shop.test/',
  'myapp://callback',
])('a pattern that can match a URL is none to refuse: %s', (pattern) => {
  expect(() => url(pattern)).not.toThrow()
})

test('which part decided is told, where a combinator can tell it', async () => {
  const of = async (predicate: Combinator) => {
    const opinion = await createAsker({}, systemClock, 1000).ask(predicate, evidence())
    return opinion.kind === 'none' ? opinion.kind : opinion.because
  }
  expect(await of(all(url('**/dashboard'), status(500), text('success')))).toBe('status(500)')
  expect(await of(any(status(500), text('success')))).toBe('text(success)')
  expect(await of(not(any(status(500), url('**/dashboard'))))).toBe('url(**/dashboard)')
})

test('what alone can tell nothing says so', () => {
  const at = url('**/dashboard')
  for (const weak of [status(200), status('2xx'), not(at), any(at, status(200)), all(not(at), status(204))])
    expect(weaknessOf(weak)).toMatch(/also holds/)
  for (const strong of [at, status(302), status('4xx'), all(at, status(200)), any(at, text('Welcome'))])
    expect(weaknessOf(strong)).toBeUndefined()
})

test.each<[() => unknown, string]>([
  [() => status('ok' as never), 'status: expected a status such as 200 or \'2xx\', got "ok"'],
  [
    () => url('' as never),
    "url: expected a glob of a whole URL, such as '**/dashboard' or 'https://site.example/**', a RegExp or a function, got an empty string",
  ],
  [() => text(1 as never), 'text: expected a text or a RegExp, got 1'],
  [() => json({} as never), 'json: expected a Standard Schema, such as one of zod, got an Object'],
  [() => status(99), "status: expected a status such as 200 or '2xx', got 99"],
  [() => header(''), "header: expected a header's name, got an empty string"],
  [() => header('a', 7 as never), 'header: expected a value that is a string or a RegExp, got 7'],
  [() => cookie('a', 7 as never), 'cookie: expected a value that is a string or a RegExp, got 7'],
  [
    () => visible('a', { timeout: '2s' as never }),
    'visible: expected a `timeout` that is a positive number of ms, got "2s"',
  ],
  [() => all(), 'all: expected at least one predicate, got undefined'],
  [() => not('x' as never), 'not: expected predicates, got "x"'],
])('%o is refused', (make, message) => {
  expect(make).toThrow(message)
})
