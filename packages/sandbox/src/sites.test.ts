import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Sandbox, type SiteName, startSandbox } from './index.ts'

let sandbox: Sandbox

beforeEach(async () => {
  sandbox = await startSandbox({ now: () => 42 })
})
afterEach(() => sandbox.close())

const submitForm = (site: SiteName, token: string) =>
  fetch(`${sandbox.url(site)}login`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ username: 'ada', 'g-recaptcha-response': token }),
  })

const submitJSON = (site: SiteName, token: string) =>
  fetch(`${sandbox.url(site)}login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: 'ada', captcha: token }),
  })

describe('every site', () => {
  test.each(['form', 'json', 'broken', 'silent'] as const)(
    '%s shows a form with a captcha that posts to its login',
    async (site) => {
      const response = await fetch(sandbox.url(site))
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      const html = await response.text()
      expect(html).toContain(`<form method="post" action="/${site}/login">`)
      expect(html).toContain('<textarea id="g-recaptcha-response" name="g-recaptcha-response"')
      expect(html).toContain('name="username"')
      expect(html).toContain('<button type="submit">')
    },
  )

  test('shares one origin, which is not the API’s', () => {
    expect(sandbox.url('form')).toBe(`${sandbox.siteURL}/form/`)
    expect(sandbox.siteURL).not.toBe(sandbox.apiURL)
  })

  test.each(['/', '/elsewhere/', '/constructor/', '/form/elsewhere', '/gallery/0.svg', '/gallery/301.svg', '//'])(
    'leaves %s a 404',
    async (path) => {
      expect((await fetch(sandbox.siteURL + path)).status).toBe(404)
    },
  )

  test('answers the browser’s request for an icon with nothing', async () => {
    expect((await fetch(`${sandbox.siteURL}/favicon.ico`)).status).toBe(204)
  })
})

describe('form', () => {
  test('redirects a good token to the dashboard', async () => {
    const { token } = sandbox.issueTask()
    const response = await submitForm('form', token)
    expect(response.status).toBe(302)
    expect(response.headers.get('location')).toBe('/form/dashboard')
    const dashboard = await fetch(`${sandbox.url('form')}dashboard`)
    expect(dashboard.status).toBe(200)
    expect(await dashboard.text()).toContain('<h1>Welcome</h1>')
  })

  test('shows a bad token the form again, with an error and status 200', async () => {
    const { token } = sandbox.issueTask({ valid: false })
    const response = await submitForm('form', token)
    expect(response.status).toBe(200)
    const html = await response.text()
    expect(html).toContain('<p class="error" role="alert">Wrong captcha, please try again.</p>')
    expect(html).toContain('<form method="post" action="/form/login">')
  })
})

describe('json', () => {
  test('says success to a good token', async () => {
    const response = await submitJSON('json', sandbox.issueTask().token)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ success: true })
  })

  test('says no to a bad token, with status 200', async () => {
    const response = await submitJSON('json', sandbox.issueTask({ valid: false }).token)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ success: false, error: 'captcha' })
  })

  test('answers 400 to what is not its JSON, and takes it for no submission', async () => {
    expect((await submitForm('json', sandbox.issueTask().token)).status).toBe(400)
    expect(sandbox.submissions).toEqual([])
  })

  test('serves its dashboard also to who reloads it', async () => {
    expect(await (await fetch(`${sandbox.url('json')}dashboard`)).text()).toContain('<h1>Welcome</h1>')
  })
})

describe('broken', () => {
  test.each([true, false])('answers 500 to a token of valid: %s', async (valid) => {
    const { token } = sandbox.issueTask({ valid })
    const response = await submitForm('broken', token)
    expect(response.status).toBe(500)
    expect(response.headers.get('content-type')).toContain('text/html')
    expect(sandbox.submissions).toMatchObject([{ site: 'broken', token, accepted: valid }])
  })
})

describe('silent', () => {
  test('takes the token and never answers, until the sandbox closes', async () => {
    const { token } = sandbox.issueTask()
    const answer = submitJSON('silent', token)
    await expect
      .poll(() => sandbox.submissions, { interval: 1 })
      .toMatchObject([{ site: 'silent', token, accepted: true }])
    const end = expect(answer).rejects.toThrow('fetch failed')
    expect(await Promise.race([answer, fetch(sandbox.url('gallery'))])).toMatchObject({ url: sandbox.url('gallery') })
    await sandbox.close()
    await end
  })
})

describe('gallery', () => {
  test('shows 300 images that no cache may keep', async () => {
    const html = await (await fetch(sandbox.url('gallery'))).text()
    const sources = new Set([...html.matchAll(/<img src="([^"]+)"/g)].map(([, source]) => source))
    expect(sources.size).toBe(300)
    const images = await Promise.all([...sources].map((source) => fetch(sandbox.siteURL + source)))
    for (const { status, headers } of images) {
      expect(status).toBe(200)
      expect(headers.get('content-type')).toBe('image/svg+xml')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })
})

describe('a token', () => {
  test('is good once, at whichever site comes first', async () => {
    const { token } = sandbox.issueTask()
    expect(await (await submitJSON('json', token)).json()).toEqual({ success: true })
    expect(await (await submitJSON('json', token)).json()).toEqual({ success: false, error: 'captcha' })
    expect((await submitForm('form', token)).status).toBe(200)
    expect(sandbox.submissions).toEqual([
      { at: 42, site: 'json', token, accepted: true },
      { at: 42, site: 'json', token, accepted: false },
      { at: 42, site: 'form', token, accepted: false },
    ])
  })

  test.each(['', 'never-issued'])('that nobody issued is bad: “%s”', async (token) => {
    expect((await submitForm('form', token)).status).toBe(200)
    expect(sandbox.submissions).toMatchObject([{ token, accepted: false }])
  })

  test('may be chosen, and issued anew', async () => {
    sandbox.issueTask({ token: '7', valid: false })
    const { token, taskId } = sandbox.issueTask({ token: '7' })
    expect(token).toBe('7')
    expect(taskId).toMatch(/^task_\w+$/)
    expect((await submitForm('form', '7')).status).toBe(302)
  })

  test('looks by default like reCAPTCHA’s, and no two are alike', () => {
    const tokens = Array.from({ length: 20 }, () => sandbox.issueTask().token)
    for (const token of tokens) expect(token).toMatch(/^03A[\w-]{500,}$/)
    expect(new Set(tokens).size).toBe(20)
  })
})

describe('a token is found', () => {
  const tokenField = 'g-recaptcha-response'
  const captcha = (token: string) => JSON.stringify({ user: [{ captcha: token }] })
  const multipart = (token: string) => {
    const fields = new FormData()
    fields.append(tokenField, token)
    fields.append('photo', new Blob(['photo']), 'photo.png')
    return fields
  }

  test.each<[string, (token: string) => { query?: string } & RequestInit]>([
    ['in a form', (token) => ({ body: new URLSearchParams({ [tokenField]: token }) })],
    ['in a multipart form with a file', (token) => ({ body: multipart(token) })],
    ['in JSON, at any depth', (token) => ({ body: captcha(token) })],
    ['in JSON that escapes its slashes', (token) => ({ body: captcha(token).replaceAll('/', '\\/') })],
    ['in gzipped JSON', (token) => ({ body: gzipSync(captcha(token)), headers: { 'content-encoding': 'gzip' } })],
    ['in five megabytes', (token) => ({ body: ' '.repeat(5_000_000) + captcha(token) })],
    ['in a header', (token) => ({ headers: { 'x-captcha': token } })],
    ['in the URL', (token) => ({ query: `?${new URLSearchParams({ [tokenField]: token })}` })],
  ])('%s', async (_, request) => {
    const { token } = sandbox.issueTask({ token: 'a+b/c=d' })
    const { query = '', ...init } = request(token)
    const response = await fetch(`${sandbox.url('blob')}login${query}`, { method: 'POST', ...init })
    expect(await response.json()).toEqual({ success: true })
  })
})

describe('a form is answered', () => {
  test.each<[SiteName, number, number]>([
    ['redirect-301', 301, 200],
    ['redirect-chain', 302, 302],
    ['repost-307', 307, 307],
    ['forbidden', 302, 403],
    ['no-content', 204, 200],
    ['slow-answer', 302, 200],
    ['slow-page', 200, 200],
    ['busy', 429, 429],
    ['maintenance', 503, 503],
  ])('by %s with %i, or %i when its token is bad', async (site, good, bad) => {
    expect(await submitForm(site, sandbox.issueTask().token)).toMatchObject({ status: good })
    expect(await submitForm(site, 'bad')).toMatchObject({ status: bad })
  })

  test('as a whole, also when the second half takes its time', async () => {
    const response = await submitForm('slow-page', sandbox.issueTask().token)
    expect(await response.text()).toMatch(/^<!doctype html>.*<h1>Welcome<\/h1>.*<\/html>\n$/s)
  })

  test('by a redirect to the same site under its other name', async () => {
    const response = await submitForm('redirect-abroad', sandbox.issueTask().token)
    const abroad = response.headers.get('location') ?? ''
    expect(abroad).toBe(`${sandbox.url('redirect-abroad').replace('127.0.0.1', 'localhost')}dashboard`)
  })

  test('by the dashboard, for whom its cookie lets in', async () => {
    const response = await submitForm('bounce', sandbox.issueTask().token)
    const cookie = response.headers.get('set-cookie') ?? ''
    const dashboard = (headers: HeadersInit) =>
      fetch(`${sandbox.url('bounce')}dashboard`, { headers, redirect: 'manual' })
    expect(await dashboard({ cookie })).toMatchObject({ status: 200 })
    expect(await dashboard({})).toMatchObject({ status: 302 })
  })
})
