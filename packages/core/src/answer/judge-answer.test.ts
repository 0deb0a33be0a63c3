/** `judge()` with plain answers. Those of real libraries are tested in test/http. */
import { expect, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../clock.ts'
import { createRegotchaFeedback } from '../feedback.ts'
import { captchaAgain, captchaRefused } from '../predicates/captcha.ts'
import { cookie, header, json, status, text, url, visible } from '../predicates/combinators.ts'
import { any, not } from '../predicates/composition.ts'
import { EvidenceError } from '../predicates/evidence.ts'
import type { JudgeOptions } from '../watch/watch-options.ts'
import type { Answer } from './answer.ts'
import { largestBody } from './copied-body.ts'

const feedback = createRegotchaFeedback({
  dryRun: true,
  sites: [{ match: 'https://ruled.example/**', acceptedWhen: status(201), rejectedWhen: status(403) }],
})
const judge = (answer: Answer, options?: JudgeOptions) => feedback.judge('task', answer, options).verdict
const kindOf = async (answer: Answer, options?: JudgeOptions) => {
  const verdict = await judge(answer, options)
  return verdict.kind === 'undecided' ? verdict.reason : `${verdict.kind} by ${verdict.by}`
}

const success = json(z.object({ success: z.literal(true) }))
const never = { acceptedWhen: text('never') }
/** A site's answer, as Regotcha forwards it. */
const forwarded = (body: object | string, statusCode = 200, headers: Record<string, string> = {}) => ({
  statusCode,
  headers: { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
  error: null,
})

test('an acceptance, a refusal in the site’s own words, and one by the user’s predicate', async () => {
  expect(await kindOf(forwarded({ success: true }), { acceptedWhen: success })).toBe('accepted by acceptedWhen')
  const refused = await judge(forwarded({ success: false, error: 'captcha' }), { acceptedWhen: success })
  expect(String(refused)).toMatch(/^rejected: rejectedWhen held: captchaRefused\(\), on response 200/)
  const rejectedWhen = text('nope')
  expect(await kindOf(forwarded('nope'), { acceptedWhen: success, rejectedWhen })).toBe('rejected by rejectedWhen')
})

test('a predicate may have our own read another body in place of that of the answer', async () => {
  const refused = captchaRefused()
  const text = async () => '{"error":"invalid captcha"}'
  const rejectedWhen: JudgeOptions['rejectedWhen'] = async (evidence) =>
    !(await refused(evidence, undefined)) && refused({ ...evidence, text }, undefined)
  const options = { ...never, rejectedWhen, url: 'https://shop.example/session' }
  expect(await kindOf(forwarded({ error: 'none' }), options)).toBe('rejected by rejectedWhen')
})

test('no verdict comes of silence, unless the user asks for it', async () => {
  const taken = forwarded({ success: false, error: 'name taken' })
  const verdict = await judge(taken, { acceptedWhen: success })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'no-match' })
  expect(verdict.why.trail.join()).not.toContain('time ran out')
  expect(await kindOf(taken, { acceptedWhen: success, silence: 'rejected' })).toBe('rejected by silence')
  const later = forwarded({}, 202)
  expect(await kindOf(later, { acceptedWhen: success, silence: 'rejected' })).toBe('no-match')
})

test('both, or an acceptance that looked at no body of an answer which refuses the captcha, is a conflict', async () => {
  const both = { acceptedWhen: status(200), rejectedWhen: text('x') }
  expect(await kindOf(forwarded('x'), both)).toBe('conflict')
  expect(await kindOf(forwarded({ error: 'invalid captcha' }), { acceptedWhen: status(200) })).toBe('conflict')
  const widget = '<form><div class="g-recaptcha" data-sitekey="6Lc_aXkUAAAAAJR_4f5j2aQ1o0"></div></form>'
  expect(await kindOf(forwarded(widget), { acceptedWhen: status(200) })).toBe('conflict')
  expect(await kindOf(forwarded(widget), { ...never, rejectedWhen: captchaAgain() })).toBe('rejected by rejectedWhen')
})

test.each([500, 503, 407, 408, 425, 429])('%i is a fault of the site, whatever the predicates say', async (fault) => {
  const options = { acceptedWhen: () => true, rejectedWhen: () => true }
  expect(await kindOf(forwarded({ success: true }, fault), options)).toBe('site-error')
})

test.each([
  { 'cf-mitigated': 'challenge' },
  { 'proxy-status': 'proxy.example; error=http_request_denied' },
  { 'x-squid-error': 'ERR_ACCESS_DENIED 0' },
])('so is an answer of a wall or a proxy: %o', async (headers) => {
  const denied = forwarded('', 403, headers)
  expect(await kindOf(denied, { acceptedWhen: success, rejectedWhen: status(403) })).toBe('site-error')
})

test('so is a request of the solver’s that failed', async () => {
  const failed = { statusCode: 0, headers: {}, body: '', error: 'Request timeout' }
  expect(await kindOf(failed, { acceptedWhen: () => true, silence: 'rejected' })).toBe('site-error')
  expect(await kindOf(Response.error(), { acceptedWhen: () => true })).toBe('site-error')
})

test('`cookie` and `visible` have no opinion, nor has their negation, and the verdict says why', async () => {
  for (const acceptedWhen of [cookie('session'), not(cookie('session')), visible('h1'), not(visible('h1'))]) {
    const verdict = await judge(forwarded({ success: true }), { acceptedWhen, url: 'https://shop.example/' })
    expect(String(verdict)).toMatch(/^undecided \(predicate-error\).*without a browser there are no cookies/)
  }
  const acceptedWhen = any(cookie('session'), header('set-cookie', /^session=/m))
  const answer = forwarded('Welcome', 200, { 'set-cookie': 'lang=en\nsession=1' })
  expect(await kindOf(answer, { acceptedWhen })).toBe('accepted by acceptedWhen')
})

test('a URL shows something only where a redirect led to it', async () => {
  const options = { acceptedWhen: url('**/login') }
  const answer = { statusCode: 200, headers: {}, body: '', url: 'https://shop.example/login' }
  expect(await kindOf({ ...answer, redirected: false } as Answer, options)).toBe('no-match')
  expect(await kindOf({ ...answer, redirected: true } as Answer, options)).toBe('accepted by acceptedWhen')
  expect(await kindOf(forwarded(''), { ...options, url: answer.url })).toBe('no-match')
})

test('an answer that does not tell its URL can’t be asked for it, nor for what it is not', async () => {
  for (const acceptedWhen of [url('**/dashboard'), not(url('**/login'))]) {
    const verdict = await judge(forwarded('Welcome'), { acceptedWhen, silence: 'rejected' })
    expect(String(verdict)).toMatch(/predicate-error.*this answer does not tell its URL: pass `url`/)
  }
})

test('a redirect that was not followed is told', async () => {
  const verdict = await judge(forwarded('', 302, { location: 'dashboard' }), {
    acceptedWhen: url('**/dashboard'),
    url: 'https://shop.example/login',
  })
  expect(verdict).toMatchObject({ reason: 'no-match', why: { hint: expect.stringContaining("header('location'") } })
})

test('the rule of the answer’s site counts where no predicate is given; without one there is no verdict', async () => {
  const at = (url: string, status: number) => kindOf({ statusCode: status, headers: {}, url, body: '' } as Answer)
  expect(await at('https://ruled.example/login', 201)).toBe('accepted by acceptedWhen')
  expect(await at('https://ruled.example/login', 403)).toBe('rejected by rejectedWhen')
  expect(await at('https://other.example/login', 201)).toBe('no-rule')
  expect(await kindOf(forwarded(''), {})).toBe('no-rule')
})

test('the user’s Response stays unread, and is read beside predicates that ask late', async () => {
  const response = Response.json({ success: true })
  const read = Promise.withResolvers<void>()
  const verdict = judge(response, { acceptedWhen: ({ json }) => read.promise.then(async () => (await json()).success) })
  expect(response.bodyUsed).toBe(false)
  expect(await response.json()).toEqual({ success: true })
  read.resolve()
  expect(await verdict).toMatchObject({ kind: 'accepted' })
})

test('a body that was read before is an EvidenceError that says so', async () => {
  const response = Response.json({ success: true })
  await response.json()
  const verdict = await judge(response, { acceptedWhen: success })
  expect(verdict).toMatchObject({ kind: 'undecided', reason: 'predicate-error', cause: expect.any(EvidenceError) })
  expect(String(verdict)).toContain('the body was read before a predicate could: judge a response before you read it')
})

test('a body that never ends, or is too large, is left unread in its time; the user’s own reading is unharmed', async () => {
  let isCancelled = false
  const endless = new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(Buffer.from('{')),
      cancel() {
        isCancelled = true
      },
    }),
  )
  expect(await kindOf(endless, { acceptedWhen: success, rejectedWhen: status(403), predicateTimeout: 20 })).toBe(
    'predicate-error',
  )
  await endless.body?.cancel()
  expect(isCancelled).toBe(true)
  const large = new Response('x'.repeat(largestBody + 1))
  expect(await kindOf(large, { acceptedWhen: text('y'), rejectedWhen: status(403) })).toBe('predicate-error')
  expect((await large.text()).length).toBe(largestBody + 1)
  const bytes = { statusCode: 200, headers: {}, body: Buffer.alloc(largestBody + 1) } as Answer
  expect(await kindOf(bytes, { acceptedWhen: text('y'), rejectedWhen: status(403) })).toBe('predicate-error')
})

test('a body is decoded as its page says, and one that can’t be is no JSON', async () => {
  const latin = {
    statusCode: 200,
    headers: { 'Content-Type': 'text/html; charset=iso-8859-1' },
    body: Buffer.from('très', 'latin1'),
  }
  expect(await kindOf(latin as Answer, { acceptedWhen: text('très') })).toBe('accepted by acceptedWhen')
  const packed = {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from([31, 139, 8, 0]),
  }
  expect(await kindOf(packed as Answer, { acceptedWhen: success })).toBe('no-match')
})

test('a stream is nobody’s but the user’s, and a missing body no match', async () => {
  const stream = { statusCode: 200, headers: {}, body: new ReadableStream() } as Answer
  const verdict = await judge(stream, { acceptedWhen: success })
  expect(String(verdict)).toContain('the body is a stream, which only you can read')
  expect(await kindOf({ statusCode: 200, headers: {} }, { acceptedWhen: success })).toBe('no-match')
})

test('the user’s word wins while predicates still think, and `close` gives them their time', async () => {
  const own = createRegotchaFeedback({ dryRun: true })
  const thinking = own.judge('one', forwarded(''), { acceptedWhen: () => new Promise(() => {}) })
  thinking.accept()
  expect(await thinking.verdict).toMatchObject({ kind: 'accepted', by: 'user' })
  const slow = own.judge('two', forwarded(''), { acceptedWhen: () => new Promise((say) => setTimeout(say, 5, true)) })
  await own.close()
  expect(await slow.verdict).toMatchObject({ kind: 'accepted', by: 'acceptedWhen' })
  expect(() => own.judge('three', forwarded(''), never)).toThrow('judge: expected an open feedback object')
})

test('an ended watch whose predicates never answer is stopped', async () => {
  const timers: (() => void)[] = []
  const after = (_: number, run: () => void) => {
    timers.push(run)
    return () => {}
  }
  const own = createRegotchaFeedback({ dryRun: true, clock: { ...systemClock, after } })
  const watch = own.judge('one', forwarded(''), { acceptedWhen: () => new Promise(() => {}) })
  watch.stop()
  timers.at(-1)?.()
  expect(await watch.verdict).toMatchObject({ kind: 'undecided', reason: 'stopped' })
})

test.each([
  ['nothing', undefined, 'got undefined'],
  ['text', 'welcome', 'got a string of 7 characters'],
  ['an object without a status', { body: '' }, 'got an Object'],
  ['a status that is no number', { status: '200', headers: {} }, 'got an Object with the status "200"'],
  ['a status that is none', { statusCode: Number.NaN, headers: {} }, 'with the status NaN'],
  ['no headers', { status: 200 }, 'got an Object with the status 200'],
  ['a task that is processing', { errorId: 0, status: 'processing' }, 'got status "processing"'],
  ['a task that failed', { errorId: 1, errorCode: 'ERROR_TASK_TIMEOUT' }, 'got ERROR_TASK_TIMEOUT'],
  [
    'a solution alone',
    { errorId: 0, status: 'ready', solution: { gRecaptchaResponse: 'secret' } },
    'got a solution alone',
  ],
])('%s is refused at the door', (_, answer, message) => {
  expect(() => judge(answer as never, never)).toThrow(message)
  expect(() => judge(answer as never, never)).not.toThrow('secret')
})

test('so are wrong options', () => {
  const answer = forwarded('')
  const own = createRegotchaFeedback({ dryRun: true })
  expect(() => own.judge('', answer, never)).toThrow('judge: `taskId`: expected the id of the task')
  expect(() => own.judge('task', answer)).toThrow('judge: `acceptedWhen`: expected a function, got undefined')
  expect(() => judge(answer, { ...never, url: '/login' })).toThrow('judge: `url`: expected the URL that was asked for')
  expect(() => judge(answer, { ...never, verdictTimeout: 1 } as never)).toThrow('unknown option `verdictTimeout`')
})
