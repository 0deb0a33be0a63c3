/** A watched fetch against the sandbox's sites: verdicts, and that nothing of the user's calls is changed. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { type Clock, cookie, visible } from '@regotcha-feedback/core'
import { largestBody, systemClock } from '@regotcha-feedback/core/adapter'
import { type Sandbox, type SiteName, startSandbox } from '@regotcha-feedback/sandbox'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import {
  all,
  any,
  createRegotchaFeedback,
  header,
  json,
  not,
  type RegotchaFeedback,
  settled,
  status,
  text,
  url,
  withRegotchaFeedback,
} from './index.ts'

let sandbox: Sandbox
let feedback: RegotchaFeedback

beforeAll(async () => {
  sandbox = await startSandbox({ rateLimit: { requests: 10_000, window: 60_000 } })
  feedback = createRegotchaFeedback({
    clock: quick,
    clientKey: sandbox.clientKey,
    baseURL: sandbox.apiURL,
    outbox: 'memory',
    pace: { perMinute: 10_000, burst: 1_000 },
  })
})
afterAll(async () => {
  await feedback.close()
  await sandbox.close()
})

const success = json(z.object({ success: z.literal(true) }))
const failure = json(z.object({ success: z.literal(false) }))

type Options = Partial<Parameters<typeof withRegotchaFeedback<typeof fetch>>[2]>

/** A fetch for a task of the sandbox. */
function watched(valid: boolean, options: Options = {}, inner = fetch) {
  const { taskId, token } = sandbox.issueTask({ valid })
  const given = { token, acceptedWhen: success, rejectedWhen: failure, feedback, ...options }
  const site = withRegotchaFeedback(inner, taskId, given as never)
  onTestFinished(() => site.feedback.stop())
  return { site, token, taskId, verdict: site.feedback.verdict }
}

const login = (site: SiteName) => `${sandbox.url(site)}login`
/** In ms: what a busy machine may take for an answer. Who ends undecided waits for it. */
const verdictTimeout = 5_000

/** Runs ten times as fast: an acceptance by a call's answer waits 2 s, in most of these tests. */
const start = Date.now()
const quick: Clock = {
  now: () => start + 10 * (Date.now() - start),
  after: (ms, run, options) => systemClock.after(ms / 10, run, options),
}
const asJSON = { 'content-type': 'application/json' }
/** Signs in where a good token is answered by `{"success":true}`. */
const submit = (site: typeof fetch, token: string) =>
  site(login('json'), { method: 'POST', headers: asJSON, body: JSON.stringify({ username: 'ada', captcha: token }) })

const kindOf = async ({ verdict }: { verdict: Promise<object> }) => {
  const { kind, reason } = (await verdict) as { kind: string; reason?: string }
  return reason ? `${kind}: ${reason}` : kind
}

describe('a verdict', () => {
  test.each([true, false])('of a JSON call, with a good token: %s; is delivered once', async (valid) => {
    const { site, token, taskId, verdict } = watched(valid)
    const response = await submit(site, token)
    expect(await response.json()).toMatchObject({ success: valid })
    expect(await verdict).toMatchObject({ kind: valid ? 'accepted' : 'rejected' })
    await site.feedback.delivery
    expect(sandbox.feedback.filter((feedback) => feedback.taskId === taskId)).toMatchObject([{ valid }])
  })

  test.each([true, false])('of a form that redirects, by the URL alone, with a good token: %s', async (valid) => {
    const { site, token, verdict } = watched(valid, {
      acceptedWhen: url('**/dashboard'),
      rejectedWhen: text(/wrong captcha/i),
    })
    const response = await site(login('form'), {
      method: 'POST',
      body: new URLSearchParams({ 'g-recaptcha-response': token }),
    })
    expect(response.redirected).toBe(valid)
    expect(await verdict).toMatchObject({ kind: valid ? 'accepted' : 'rejected' })
  })

  test.each([true, false])('of a redirect that the user follows, with a good token: %s', async (valid) => {
    const { site, token, verdict } = watched(valid, {
      acceptedWhen: url('**/dashboard'),
      rejectedWhen: text(/wrong captcha/i),
    })
    const body = new URLSearchParams({ 'g-recaptcha-response': token })
    const first = await site(login('form'), { method: 'POST', body, redirect: 'manual' })
    expect(first.status).toBe(valid ? 302 : 200)
    if (valid) await site(new URL(first.headers.get('location') ?? '', first.url))
    expect(await verdict).toMatchObject({ kind: valid ? 'accepted' : 'rejected' })
  })

  test('is not based on the URL that the token was sent to', async () => {
    const { site, token, verdict } = watched(false, {
      acceptedWhen: url('**/login'),
      rejectedWhen: undefined,
      verdictTimeout,
    })
    await site(login('json'), { method: 'POST', headers: asJSON, body: JSON.stringify({ captcha: token }) })
    expect(await kindOf({ verdict })).not.toBe('accepted')
  })

  test('waits for the call that carries the token, and ignores earlier answers', async () => {
    const { site, token, verdict } = watched(true, { acceptedWhen: status(200), rejectedWhen: undefined })
    await site(sandbox.url('json'))
    await site(login('recaptcha'), { method: 'POST', body: 'captcha=other' })
    await nextTurn()
    expect(await Promise.race([verdict, 'open'])).toBe('open')
    await submit(site, token)
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test("can be based on later calls with `scope: 'page'`", async () => {
    const { site, token, verdict } = watched(true, {
      scope: 'page',
      acceptedWhen: text('<h1>Welcome</h1>'),
      rejectedWhen: undefined,
    })
    await submit(site, token)
    await site(`${sandbox.url('json')}dashboard`)
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test("is not based on a URL that the user chose, with `scope: 'page'`", async () => {
    const options = { scope: 'page', rejectedWhen: undefined, verdictTimeout } as const
    const { site, token, verdict } = watched(false, { ...options, acceptedWhen: url('**/dashboard') })
    await site(login('wrong-password'), {
      method: 'POST',
      body: new URLSearchParams({ 'g-recaptcha-response': token }),
    })
    await site(`${sandbox.url('json')}dashboard`)
    expect(await kindOf({ verdict })).not.toBe('accepted')
  })

  test('can be based on the URL that a later call was redirected to', async () => {
    const { site, token, verdict } = watched(true, { scope: 'page', acceptedWhen: url('**/dashboard') })
    const body = new URLSearchParams({ 'g-recaptcha-response': token })
    await site(login('form'), { method: 'POST', body, redirect: 'manual' })
    await site(new URL('dashboard', login('form')))
    expect(await kindOf({ verdict })).toBe('accepted')
  })

  test('is undecided if the site is broken or the call fails', async () => {
    const broken = watched(true, { verdictTimeout })
    await broken.site(login('broken'), { method: 'POST', body: new URLSearchParams({ t: broken.token }) })
    expect(await kindOf(broken)).toBe('undecided: site-error')
    const failing = watched(true, { verdictTimeout })
    await expect(failing.site(login('reset'), { method: 'POST', body: failing.token })).rejects.toThrow('fetch failed')
    expect(await kindOf(failing)).toBe('undecided: site-error')
  })

  test('`cookie`, `visible` and their negations abstain', async () => {
    const predicates = [cookie('session'), not(cookie('session')), visible('h1'), not(visible('h1'))]
    const verdicts = predicates.map(async (acceptedWhen) => {
      const { site, token, verdict } = watched(true, { acceptedWhen, rejectedWhen: undefined, verdictTimeout })
      await submit(site, token)
      return kindOf({ verdict })
    })
    expect(await Promise.all(verdicts)).toEqual(Array(4).fill('undecided: predicate-error'))
  })

  test('knows the cookies that an answer sets', async () => {
    const { site, token, verdict } = watched(true, {
      acceptedWhen: header('set-cookie', /^session=/m),
      rejectedWhen: undefined,
    })
    await site(login('cookie'), { method: 'POST', body: new URLSearchParams({ 'g-recaptcha-response': token }) })
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test('`settled` waits for it', async () => {
    const { site, token, verdict } = watched(true)
    await submit(site, token)
    await settled(site)
    expect(await Promise.race([verdict, 'open'])).toMatchObject({ kind: 'accepted' })
  })

  test('two tasks at once are each judged by their own calls', async () => {
    const [good, bad] = [watched(true), watched(false)]
    await Promise.all([good, bad].map(({ site, token }) => submit(site, token)))
    expect([await kindOf(good), await kindOf(bad)]).toEqual(['accepted', 'rejected'])
  })
})

describe('the token is found', () => {
  const form = (token: string) => {
    const form = new FormData()
    form.set('file', new File(['x'], 'x.txt'))
    form.set('g-recaptcha-response', token)
    return form
  }
  const bodies: Record<string, (token: string) => RequestInit['body']> = {
    'a string': (token) => JSON.stringify({ captcha: token }),
    URLSearchParams: (token) => new URLSearchParams({ 'g-recaptcha-response': token }),
    FormData: form,
    'a Blob': (token) => new Blob([JSON.stringify({ captcha: token })]),
    'an ArrayBuffer': (token) => new TextEncoder().encode(JSON.stringify({ captcha: token })).buffer as ArrayBuffer,
    'a Buffer': (token) => Buffer.from(JSON.stringify({ captcha: token })),
  }

  test.each(Object.entries(bodies))('in %s, which arrives unchanged', async (_, bodyOf) => {
    const { site, token, verdict } = watched(true)
    const answer = await site(login('recaptcha'), { method: 'POST', body: bodyOf(token) ?? null })
    expect(await answer.json()).toEqual({ success: true })
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test.each(['a string', 'URLSearchParams', 'FormData'])(
    'in a Request with %s, which arrives unchanged',
    async (body) => {
      const { site, token, verdict } = watched(true)
      const request = new Request(login('recaptcha'), { method: 'POST', body: bodies[body]?.(token) ?? null })
      expect(request.bodyUsed).toBe(false)
      expect(await (await site(request)).json()).toEqual({ success: true })
      expect(request.bodyUsed).toBe(true)
      expect(await verdict).toMatchObject({ kind: 'accepted' })
    },
  )

  test('in a URL and in a header, in a Request or next to one', async () => {
    const inURL = watched(true)
    await inURL.site(`${login('recaptcha')}?g-recaptcha-response=${inURL.token}`, { method: 'POST' })
    const inHeader = watched(true)
    await inHeader.site(new Request(login('recaptcha'), { method: 'POST' }), {
      headers: [['X-Captcha', inHeader.token]],
    })
    expect([await kindOf(inURL), await kindOf(inHeader)]).toEqual(['accepted', 'accepted'])
  })

  test('not in a stream, which is sent unchanged; `submittedWhen` identifies it', async () => {
    const streamed = (token: string) =>
      ({
        method: 'POST',
        duplex: 'half',
        body: Readable.toWeb(Readable.from([JSON.stringify({ captcha: token })])),
      }) as RequestInit
    const untold = watched(true, { submissionTimeout: 150 })
    const answer = await untold.site(login('recaptcha'), streamed(untold.token))
    expect(await answer.json()).toEqual({ success: true })
    expect(await kindOf(untold)).toBe('undecided: not-submitted')
    const told = watched(true, {
      token: undefined,
      submittedWhen: ({ method }: { method: string }) => method === 'POST',
    })
    await told.site(login('recaptcha'), streamed(told.token))
    expect(await kindOf(told)).toBe('accepted')
  })
})

/** A server whose answers are the test's. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

describe('the user’s own calls', () => {
  test('get the same Response object as from their fetch, its body unused', async () => {
    let given: Response | undefined
    const inner: typeof fetch = async (...args) => (given = await fetch(...args))
    const { site, token } = watched(true, { acceptedWhen: status(200), rejectedWhen: undefined }, inner)
    const response = await submit(site, token)
    expect(response).toBe(given)
    expect(response.bodyUsed).toBe(false)
  })

  test('are passed on with the same arguments, and go straight to their fetch after the verdict', async () => {
    const calls: unknown[][] = []
    const inner = Object.assign(
      async (...args: Parameters<typeof fetch>) => {
        calls.push(args)
        return fetch(...args)
      },
      { preconnect: () => 'mine' },
    )
    const { site, verdict } = watched(true, {}, inner)
    const init = { headers: { 'x-mine': '1' } }
    await site(sandbox.url('mirror'), init)
    site.feedback.accept()
    await verdict
    await site(sandbox.url('mirror'), init)
    expect(calls[0]?.[1]).toBe(init)
    expect(calls[1]?.[1]).toBe(init)
    expect(Reflect.get(site, 'preconnect')).toBe(inner.preconnect)
  })

  test('send no additional header', async () => {
    const { site, token } = watched(true)
    const body = JSON.stringify({ captcha: token })
    const send = async (send: typeof fetch, input: string | Request, init?: RequestInit) =>
      (await send(input, init)).json()
    const init = { method: 'POST', headers: asJSON, body }
    expect(await send(site, login('mirror'), init)).toEqual(await send(fetch, login('mirror'), init))
    const request = () => new Request(login('mirror'), init)
    expect(await send(watched(true).site, request())).toEqual(await send(fetch, request()))
  })

  test('are read at once while a predicate reads them, for every kind of body', async () => {
    const predicates = [
      success,
      all(status(200), success),
      any(text('nothing'), success),
      async ({ text }: { text: () => Promise<string> }) => (await text()).includes('true'),
    ]
    const verdicts = predicates.map(async (acceptedWhen) => {
      const { site, token, verdict } = watched(true, { acceptedWhen })
      const response = await submit(site, token)
      expect(await response.json()).toEqual({ success: true })
      return kindOf({ verdict })
    })
    expect(await Promise.all(verdicts)).toEqual(Array(4).fill('accepted'))
  })

  test('are read at once although a predicate asks late and reads its own copy', async () => {
    const { site, token, verdict } = watched(true, {
      acceptedWhen: async ({ text }: { text: () => Promise<string> }) => {
        await read.promise
        return (await text()).includes('true')
      },
      rejectedWhen: undefined,
    })
    const read = Promise.withResolvers<void>()
    const response = await submit(site, token)
    expect(await response.json()).toEqual({ success: true })
    read.resolve()
    expect(await kindOf({ verdict })).toBe('accepted')
  })

  test('are read at once although the default `rejectedWhen` reads after a slow `acceptedWhen`', async () => {
    const read = Promise.withResolvers<void>()
    const { site, token, verdict } = watched(false, {
      acceptedWhen: () => read.promise.then(() => false),
      rejectedWhen: undefined,
    })
    const response = await submit(site, token)
    expect(await response.json()).toEqual({ success: false, error: 'captcha' })
    read.resolve()
    expect(await kindOf({ verdict })).toBe('rejected')
  })

  test('reject with the same error, and abort as usual', async () => {
    const error = new Error('mine')
    const { site } = watched(true, {}, () => Promise.reject(error))
    await expect(site('https://shop.example/')).rejects.toBe(error)
    const aborting = new AbortController()
    const { site: silent, token, verdict } = watched(true, { verdictTimeout })
    const answer = silent(login('silent'), { method: 'POST', body: token, signal: aborting.signal })
    const reason = new Error('enough')
    aborting.abort(reason)
    await expect(answer).rejects.toBe(reason)
    expect(await kindOf({ verdict })).toBe('undecided: site-error')
  })

  test('reject invalid arguments as usual', async () => {
    const { site } = watched(true)
    await expect(site('no URL')).rejects.toThrow('Failed to parse URL')
    await expect(site(sandbox.url('form'), { headers: { 'ä ö': '1' } })).rejects.toThrow(TypeError)
    await expect(site(undefined as never)).rejects.toThrow(TypeError)
  })

  test('throw if their fetch throws at once', () => {
    const { site } = watched(true, {}, () => {
      throw new Error('mine')
    })
    expect(() => site('https://shop.example/')).toThrow('mine')
  })

  test('stream: the first chunk arrives before the second is sent, whether or not a predicate reads', async () => {
    const answering = Promise.withResolvers<ServerResponse>()
    const url = await serve((_, response) => {
      response.write('first')
      answering.resolve(response)
    })
    const { site, token, verdict } = watched(true, { acceptedWhen: text('second'), rejectedWhen: undefined })
    const { body } = await site(url, { method: 'POST', body: token })
    const reader = body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first')
    ;(await answering.promise).end('second')
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('second')
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test('get an endless body that the library does not read, and cancelling ends it', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      response.setHeader('content-type', 'text/event-stream').write('data: 1\n\n')
      response.on('close', closed.resolve)
    })
    const { site, token, verdict } = watched(true, {
      acceptedWhen: text('data'),
      rejectedWhen: undefined,
      verdictTimeout,
    })
    const { body } = await site(url, { method: 'POST', body: token })
    await body?.cancel()
    await closed.promise
    expect(await kindOf({ verdict })).toBe('undecided: predicate-error')
  })

  test('get a body that never ends: our copy is dropped with the watch, and cancelling ends it', async () => {
    const closed = Promise.withResolvers<void>()
    const url = await serve((_, response) => {
      response.write('<p>')
      response.on('close', closed.resolve)
    })
    const { site, token, verdict } = watched(true, {
      acceptedWhen: text('</p>'),
      rejectedWhen: undefined,
      predicateTimeout: 150,
    })
    const { body } = await site(url, { method: 'POST', body: token })
    await body?.cancel()
    await closed.promise
    site.feedback.stop()
    expect(await kindOf({ verdict })).toBe('undecided: stopped')
  })

  test('get the whole of a body that is larger than our limit', async () => {
    const url = await serve((_, response) => response.end(Buffer.alloc(largestBody + 1, 'x')))
    const { site, token, verdict } = watched(true, {
      acceptedWhen: text('x'),
      rejectedWhen: undefined,
      verdictTimeout,
    })
    const response = await site(url, { method: 'POST', body: token })
    expect((await response.arrayBuffer()).byteLength).toBe(largestBody + 1)
    expect(await kindOf({ verdict })).toBe('undecided: predicate-error')
  })

  test('get the usual error for a body that can’t be decompressed', async () => {
    const url = await serve((_, response) => response.setHeader('content-encoding', 'gzip').end('no gzip'))
    const bare = await fetch(url)
      .then((response) => response.text())
      .catch(String)
    const { site, token, verdict } = watched(true, {
      acceptedWhen: text('x'),
      rejectedWhen: undefined,
      verdictTimeout,
    })
    const response = await site(url, { method: 'POST', body: token })
    expect(await response.text().catch(String)).toBe(bare)
    expect(await kindOf({ verdict })).toBe('undecided: predicate-error')
  })

  test('are decoded with the page’s charset for a predicate', async () => {
    const url = await serve((_, response) =>
      response.setHeader('content-type', 'text/html; charset=iso-8859-1').end(Buffer.from('Grüße', 'latin1')),
    )
    const { site, token, verdict } = watched(true, { acceptedWhen: text('Grüße'), rejectedWhen: undefined })
    await site(url, { method: 'POST', body: token })
    expect(await verdict).toMatchObject({ kind: 'accepted' })
  })

  test('are not delayed by a predicate that never answers or throws', async () => {
    for (const acceptedWhen of [
      () => new Promise<boolean>(() => {}),
      () => {
        throw new Error('mine')
      },
    ]) {
      const { site, token } = watched(true, { acceptedWhen, rejectedWhen: undefined })
      const response = await submit(site, token)
      expect(await response.json()).toEqual({ success: true })
    }
  })
})

test('wrong options throw at once', () => {
  const options = { token: 'token', acceptedWhen: status(200), feedback }
  for (const [fetch, got] of [
    [undefined, 'undefined'],
    [{}, 'an Object'],
    ['fetch', '"fetch"'],
    [Object.assign(() => {}, { post() {} }), 'a function'],
  ] as const)
    expect(() => withRegotchaFeedback(fetch as never, 'task', options)).toThrow(
      expect.objectContaining({
        name: 'OptionError',
        message: `withRegotchaFeedback: \`fetch\`: expected a fetch function, not a client with methods: \`feedback.judge()\` takes their responses, got ${got}`,
      }),
    )
  expect(() => withRegotchaFeedback(fetch, '', options)).toThrow('`taskId`: expected the id of the task')
  expect(() => withRegotchaFeedback(fetch, 'task', { ...options, acceptedWhen: 7 } as never)).toThrow('`acceptedWhen`')
  expect(() => withRegotchaFeedback(fetch, 'task', { acceptedWhen: status(200), feedback })).toThrow(
    '`token`: expected the token, or `submittedWhen` in its place, got neither',
  )
  expect(() => withRegotchaFeedback(fetch, 'task', undefined as never)).toThrow('an object of options')
})
