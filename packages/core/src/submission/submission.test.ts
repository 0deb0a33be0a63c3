import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ObservedRequest } from '../page/source.ts'
import {
  byFields,
  byPredicate,
  byToken,
  companionsOf,
  hasAnother,
  namesOf,
  type Recogniser,
  recogniserOf,
  shapeOf,
} from './submission.ts'

const token = `03AFcWeA${'aB-_9'.repeat(80)}`
const awkward = 'a token+with/odd "letters" & ünïcode=='

const request = (parts: Partial<ObservedRequest>): ObservedRequest => ({
  chain: {},
  url: 'https://site.test/login',
  method: 'POST',
  resourceType: 'fetch',
  headers: {},
  body: undefined,
  frame: undefined,
  isNavigation: false,
  isUnattributed: false,
  native: {},
  ...parts,
})

const whereOf = (recognise: Recogniser) => (request: ObservedRequest) => recognise(request)?.where

const multipart = (name: string, value: string) =>
  `------B\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n------B\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: text/plain\r\n\r\n${value}\r\n------B--\r\n`

test.each([token, awkward])('a token is found wherever a request may carry it: %.12s', (token) => {
  const recognise = whereOf(byToken(token))
  const inForm = new URLSearchParams({ 'g-recaptcha-response': token }).toString()
  expect(recognise(request({ body: inForm }))).toBe('body')
  expect(recognise(request({ body: inForm.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()) }))).toBe('body')
  expect(recognise(request({ body: JSON.stringify({ captcha: token }) }))).toBe('body')
  expect(recognise(request({ body: JSON.stringify({ captcha: token }).replaceAll('/', '\\/') }))).toBe('body')
  expect(recognise(request({ body: multipart('captcha', token) }))).toBe('body')
  expect(recognise(request({ url: `https://site.test/login?t=${encodeURIComponent(token)}` }))).toBe('url')
  expect(recognise(request({ headers: { 'x-captcha': token } }))).toBe('headers')
})

test('a token that is not there is never found', () => {
  const recognise = whereOf(byToken(token))
  expect(recognise(request({ body: JSON.stringify({ captcha: token.slice(1) }) }))).toBeUndefined()
  expect(
    recognise(request({ headers: { referer: `https://site.test/?t=${token}`, cookie: `t=${token}` } })),
  ).toBeUndefined()
  expect(recognise(request({ url: 'not a url', body: '{"half":' }))).toBeUndefined()
})

test('a short token counts only as the whole value of a field of a form', () => {
  const recognise = whereOf(byToken('7'))
  expect(recognise(request({ body: 'captcha=7&user=ada' }))).toBe('fields')
  expect(recognise(request({ body: '{"captcha":{"answer":7}}' }))).toBe('fields')
  expect(recognise(request({ body: multipart('captcha', '7') }))).toBe('fields')
  expect(recognise(request({ body: 'user=ada\r\ncaptcha=7\r\n' }))).toBe('fields')
  expect(recognise(request({ body: 'callCount=1\nc0-param0=string:7\nbatchId=0\n' }))).toBe('fields')
  expect(recognise(request({ url: 'https://site.test/search?captcha=7', method: 'GET', isNavigation: true }))).toBe(
    'fields',
  )
  expect(recognise(request({ body: 'captcha=17&user=ada7' }))).toBeUndefined()
  expect(recognise(request({ url: 'https://site.test/list?page=7', method: 'GET' }))).toBeUndefined()
})

test.each([
  ['in JSON', { body: `{"event":"view","page":"https://site.test/login?user=ada&t=${token}"}` }],
  [
    'in JSON within JSON',
    { body: JSON.stringify({ crumb: JSON.stringify({ url: `https://site.test/?t=${token}` }) }) },
  ],
  ['in a form', { body: `${new URLSearchParams({ dl: `https://site.test/login?user=ada&t=${token}`, v: '2' })}` }],
  ['in a URL', { url: `https://stats.test/?dl=${encodeURIComponent(`https://site.test/login?t=${token}`)}&v=2` }],
  ['in a header', { headers: { 'hx-current-url': `https://site.test/login?user=ada&t=${token}` } }],
  ['in JSON, without its host', { body: JSON.stringify({ search: `?t=${token}`, path: `/login?t=${token}` }) }],
  [
    'in JSON within JSON, without its host',
    { body: JSON.stringify({ crumb: JSON.stringify({ at: `/?t=${token}` }) }) },
  ],
  ['in a form, without its host', { body: `${new URLSearchParams({ dp: `/login?user=ada&t=${token}`, v: '2' })}` }],
  ['in a URL, without its host', { url: `https://stats.test/?dp=${encodeURIComponent(`/login?t=${token}`)}&v=2` }],
  ['in a header, without its host', { headers: { 'x-path': `/login?t=${token}` } }],
  ["in the page's own fragment", { url: `https://site.test/#t=${token}` }],
])('a page tells where it is, %s, which takes no token there', (_, parts) => {
  expect(whereOf(byToken(token))(request(parts))).toBeUndefined()
})

test('a token with a URL in it is one, as those of FunCaptcha', () => {
  const token = '571627c849851fc77.6194423204|r=eu-west-1|lurl=https%3A%2F%2Faudio-eu-west-1.arkoselabs.com'
  for (const body of [JSON.stringify({ token }), `${new URLSearchParams({ token, page: 'https://site.test' })}`])
    expect(whereOf(byToken(token))(request({ body }))).toBe('body')
})

test('a token beside a URL is one', () => {
  const recognise = whereOf(byToken(token))
  const payload = JSON.stringify({ page: 'https://site.test/login', captcha: token })
  expect(recognise(request({ body: payload }))).toBe('body')
  expect(recognise(request({ body: JSON.stringify({ payload }) }))).toBe('body')
  expect(recognise(request({ body: `payload=${encodeURIComponent(payload)}` }))).toBe('body')
  expect(recognise(request({ body: `return=https://site.test/&t=${token}` }))).toBe('body')
  expect(recognise(request({ body: `return=%2Flogin&t=${token}` }))).toBe('body')
  expect(recognise(request({ body: JSON.stringify({ return: '/login', captcha: token }) }))).toBe('body')
  expect(recognise(request({ body: `<form to="a"/><captcha>${token}</captcha>` }))).toBe('body')
  expect(recognise(request({ url: `https://site.test/login?t=${token}#top` }))).toBe('url')
})

test('without a token, what solvers submit everywhere is recognised', () => {
  expect(whereOf(byFields)(request({ body: `user=ada&g-recaptcha-response=${'x'.repeat(16)}` }))).toBe('fields')
  expect(whereOf(byFields)(request({ body: '{"login":{"gRecaptchaResponse":"0123.4567-89ab_c"}}' }))).toBe('fields')
  expect(whereOf(byFields)(request({ body: multipart('cf-turnstile-response', 'x'.repeat(16)) }))).toBe('fields')
  expect(whereOf(byFields)(request({ body: `answer=${token}` }))).toBe('fields')
})

test('without a token, nothing else is a submission', () => {
  for (const value of ['', 'true', '***', '[hidden, as the user wishes]'])
    expect(whereOf(byFields)(request({ body: JSON.stringify({ 'g-recaptcha-response': value }) }))).toBeUndefined()
  expect(whereOf(byFields)(request({ body: '{"event":"page_view","client":"GA1.2.1234567890"}' }))).toBeUndefined()
  expect(
    whereOf(byFields)(request({ url: `https://www.google.com/recaptcha/api2/userverify?c=${token}` })),
  ).toBeUndefined()
  expect(
    whereOf(byFields)(request({ url: `https://site.test/pixel.gif?t=${token}`, resourceType: 'image' })),
  ).toBeUndefined()
})

test('the user may say which request it is; when their predicate throws, it is not this one', () => {
  const recognise = whereOf(byPredicate(({ url }) => url.endsWith('/login')))
  expect(recognise(request({}))).toBe('submittedWhen')
  expect(recognise(request({ url: 'https://site.test/' }))).toBeUndefined()
  const throwing = byPredicate(() => {
    throw new Error('boom')
  })
  expect(throwing(request({}))).toBeUndefined()
})

/** Bodies as sites and attackers make them: arbitrary text, JSON, forms and multipart, some of them malformed. */
const body = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc.json().map((json) => json.slice(1)),
  fc.array(fc.tuple(fc.string(), fc.string())).map((pairs) => new URLSearchParams(pairs).toString()),
  fc.tuple(fc.string(), fc.string()).map(([name, value]) => multipart(name, value)),
  fc.string().map((text) => `--${text}`),
)
const anyRequest = fc
  .record({
    body: fc.option(body, { nil: undefined }),
    url: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
  })
  .map((parts) => request(parts))

test('no request crashes a recogniser, and no token is claimed that is not there', () => {
  const recognisers = [byToken(token), byToken(awkward), byToken('7 of 9')]
  fc.assert(
    fc.property(anyRequest, (request) => {
      byFields(request)
      for (const recognise of recognisers) expect(recognise(request)).toBeUndefined()
    }),
    { numRuns: 2000 },
  )
})

test('a token that is there is found, whatever stands around it', () => {
  const anyToken = fc.string({ unit: 'grapheme', minLength: 16, maxLength: 60 }).filter((token) => token.isWellFormed())
  fc.assert(
    fc.property(anyToken, fc.string(), fc.string(), (token, name, before) => {
      const recognise = whereOf(byToken(token))
      const fields = new URLSearchParams([
        [name, before],
        ['captcha', token],
      ])
      expect(recognise(request({ body: fields.toString() }))).toBe('body')
      expect(recognise(request({ body: JSON.stringify({ [name]: before, nested: [{ token }] }) }))).toBe('body')
      expect(recognise(request({ url: `https://site.test/?t=${encodeURIComponent(token)}` }))).toBe('url')
      expect(recognise(request({ headers: { 'x-captcha': token } }))).toBe('headers')
    }),
  )
})

test('another token is known by the field that held the first one', () => {
  const form = (captcha: string) => request({ body: `user=ada&captcha=${encodeURIComponent(captcha)}` })
  const names = new Set(namesOf('x7g2', form('x7g2')))
  expect(names).toEqual(new Set(['captcha']))
  const isAnother = (captcha: string) => hasAnother('x7g2', names, form(captcha))
  expect(['k3m9', 'x7g2', '', '***', '[hidden]'].filter(isAnother)).toEqual(['k3m9'])
  expect(hasAnother('x7g2', names, request({ body: '{"form":{"captcha":"k3m9"}}' }))).toBe(true)
})

test('where a name has values of all kinds it tells no token', () => {
  const pairs = [
    { key: 'user', held: 'ada' },
    { key: 'captcha', held: 'x7g2' },
  ]
  expect(namesOf('x7g2', request({ body: JSON.stringify(pairs) }))).toEqual([])
  const serialised = pairs.map(({ key, held }) => ({ name: key, value: held }))
  expect(namesOf('x7g2', request({ body: JSON.stringify(serialised) }))).toEqual(['captcha'])
})

describe('however a page encodes it', () => {
  const plain = 'token 1|r=eu|lurl=https://audio.site.test|at=40,x'
  const encoded = '2271818d4175c8365.86|r=eu-west-1|surl=https%3A%2F%2Fclient-api.site.test%2Ffc'
  test.each<[string, (token: string) => Partial<ObservedRequest>]>([
    ['encodeURI', (token) => ({ url: encodeURI(`https://site.test/login?fc=${token}`) })],
    [
      'as axios has it',
      (token) => {
        const value = encodeURIComponent(token).replace(/%3A/g, ':').replace(/%24/g, '$').replace(/%2C/g, ',')
        return { url: `https://site.test/login?fc=${value.replace(/%20/g, '+')}` }
      },
    ],
    [
      'JSON with escaped signs',
      (token) => ({
        body: JSON.stringify({ t: token }).replace(/[=<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
      }),
    ],
    ['JSON in JSON', (token) => ({ body: JSON.stringify({ data: JSON.stringify({ t: token }) }) })],
    ['JSON in a form', (token) => ({ body: `${new URLSearchParams({ data: JSON.stringify({ t: token }) })}` })],
  ])('%s', (_, encode) => {
    for (const token of [plain, encoded]) {
      expect(byToken(token)(request(encode(token)))).toBeDefined()
      expect(byToken(`${token}9`)(request(encode(token)))).toBeUndefined()
    }
  })

  test('a short one in capitals, or in a call by GET where it is long enough to be no number of a page', () => {
    const recognise = whereOf(byToken('k7x2q'))
    expect(recognise(request({ body: 'vcode=K7X2Q' }))).toBe('fields')
    expect(recognise(request({ url: 'https://site.test/check?_=1764262800000&vcode=k7x2q', method: 'GET' }))).toBe(
      'fields',
    )
    expect(whereOf(byToken('48'))(request({ url: 'https://site.test/list?page=48', method: 'GET' }))).toBeUndefined()
  })

  test('a short one as the whole value of a header', () => {
    expect(whereOf(byToken('k7x2q'))(request({ headers: { 'x-captcha': 'K7X2Q' } }))).toBe('headers')
    expect(whereOf(byToken('48'))(request({ headers: { 'content-length': '48' } }))).toBeUndefined()
  })
})

test.each<[string, string | undefined, Partial<ObservedRequest>]>([
  [
    'a form as it was serialised',
    'post_data',
    { body: `${new URLSearchParams({ security: '4f1c', post_data: `a=1&g-recaptcha-response=${token}` })}` },
  ],
  [
    'what was typed, as a recorder has it',
    'text',
    { body: JSON.stringify({ events: [{ type: 3, data: { id: 42, text: token } }] }) },
  ],
  [
    'a document that saves itself',
    'html',
    { body: JSON.stringify({ html: `<textarea name="t">${token}</textarea>` }) },
  ],
  ['a field of a form', undefined, { body: `user=ada&g-recaptcha-response=${token}` }],
  ['a value of the captcha', undefined, { body: JSON.stringify({ captcha: { value: token } }) }],
  [
    'fields as jQuery serialises them',
    undefined,
    { body: JSON.stringify([{ name: 'g-recaptcha-response', value: token }]) },
  ],
  ['JSON in JSON', undefined, { body: JSON.stringify({ challengeMetadata: JSON.stringify({ captchaToken: token }) }) }],
  ['both', undefined, { body: JSON.stringify({ text: token, captcha: token }) }],
  ['nothing that has fields', undefined, { body: `\0\x05\x1a${token}` }],
])('a copy of what was typed is told from a submission: %s', (_, copy, parts) => {
  expect(byToken(token)(request(parts))?.copy).toBe(copy)
})

test('where the user told both, a request has to hold both', () => {
  const recognise = recogniserOf({ token, submittedWhen: ({ url }) => url.endsWith('/login') })
  const carrying = { body: `t=${token}` }
  expect(recognise(request(carrying))).toMatchObject({ where: 'submittedWhen', lacksToken: false })
  expect(recognise(request({ body: 't=other' }))).toMatchObject({ lacksToken: true })
  expect(recognise(request({ ...carrying, url: 'https://site.test/draft' }))).toBeUndefined()
})

test('the same request once more has the same shape, whatever its values; another has another', () => {
  const shape = (query: string, body: string) => shapeOf(request({ url: `https://site.test/?${query}`, body }), token)
  const first = shape('do=checkout&_=1764262800000', `t=${token}&user=ada`)
  expect(shape('do=checkout&_=1764262801234', `t=other&user=bob`)).toBe(first)
  expect(shape('do=review&_=1764262800000', `t=${token}&user=ada`)).not.toBe(first)
  expect(shape('do=checkout&_=1764262800000', `t=${token}&draft=1`)).not.toBe(first)
})

test('the answer to a picture beside a token is another captcha, its id is none', () => {
  const beside = (fields: Record<string, string>) =>
    companionsOf(request({ body: `${new URLSearchParams({ 'g-recaptcha-response': token, ...fields })}` }), token)
  expect(beside({ captcha: '7fk2p' })).toEqual(['captcha'])
  expect(beside({ captcha_id: '7fk2p', captcha_type: 'image', captcha: '', name: 'ada' })).toEqual([])
  expect(companionsOf(request({ body: 'captcha_code=7fk2p&captcha_sid=ab12' }), '7fk2p')).toEqual([])
})
