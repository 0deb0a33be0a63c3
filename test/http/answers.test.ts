/** `judge()` with each HTTP library's answers, from the sandbox's sites to the feedback at its API. */
import { type Answer, createRegotchaFeedback, json, type RegotchaFeedback, text, url } from '@regotcha-feedback/core'
import type { TaskResult } from '@regotcha-feedback/core/solver-wire'
import { type Sandbox, startSandbox } from '@regotcha-feedback/sandbox'
import axios from 'axios'
import got, { type Response } from 'got'
import { gotScraping } from 'got-scraping'
import { Impit } from 'impit'
import { ofetch } from 'ofetch'
import { request as playwright } from 'playwright'
import { fetch as undiciFetch, request as undiciRequest } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'

let sandbox: Sandbox
let feedback: RegotchaFeedback

beforeAll(async () => {
  sandbox = await startSandbox({ rateLimit: { requests: 10_000, window: 60_000 } })
  const pace = { perMinute: 10_000, burst: 1_000 }
  feedback = createRegotchaFeedback({
    clientKey: sandbox.clientKey,
    baseURL: sandbox.apiURL,
    outbox: 'memory',
    pace,
  })
})
afterAll(async () => {
  await feedback.close()
  await sandbox.close()
})

const impit = new Impit()
type Headers = Record<'content-type', string>

const asJSON: Headers = { 'content-type': 'application/json' }
const asForm: Headers = { 'content-type': 'application/x-www-form-urlencoded' }
const post = (body: string, headers = asJSON) => ({ method: 'POST', headers, body }) as const

/** Posts a body and returns the answer, regardless of its status. The text is what the user reads afterwards. */
const libraries = {
  async fetch(url, body, headers) {
    const answer = await fetch(url, post(body, headers))
    return { answer, text: () => answer.text() }
  },
  async undici(url, body, headers) {
    const answer = await undiciFetch(url, post(body, headers))
    return { answer, text: () => answer.text() }
  },
  async 'undici, request()'(url, body, headers) {
    const answer = await undiciRequest(url, post(body, headers))
    const text = await answer.body.text()
    return { answer: { ...answer, body: text }, text: async () => text }
  },
  async impit(url, body, headers) {
    const answer = await impit.fetch(url, post(body, headers))
    return { answer, text: () => answer.text() }
  },
  async 'ofetch.raw'(url, body, headers) {
    const answer = await ofetch.raw(url, { ...post(body, headers), ignoreResponseError: true })
    return { answer, text: async () => textOf(answer._data) }
  },
  async 'page.request of Playwright'(url, body, headers) {
    const context = await playwright.newContext()
    const answer = await context.post(url, { data: body, headers })
    return { answer, text: () => answer.text() }
  },
  async got(url, body, headers) {
    const answer = await got.post(url, { body, headers, throwHttpErrors: false })
    return { answer, text: async () => answer.body }
  },
  async 'got, as JSON'(url, body, headers) {
    const responseType = headers === asJSON ? 'json' : 'buffer'
    const options = { body, headers, responseType, throwHttpErrors: false } as const
    const answer = (await got.post(url, options)) as Response<unknown>
    return { answer, text: async () => textOf(answer.body) }
  },
  async 'got-scraping'(url, body, headers) {
    const answer = (await gotScraping.post(url, {
      body,
      headers,
      throwHttpErrors: false,
    })) as unknown as Response<string>
    return { answer, text: async () => answer.body }
  },
  async axios(url, body, headers) {
    const answer = await axios.post(url, body, { headers, validateStatus: null })
    return { answer, text: async () => textOf(answer.data) }
  },
  async 'axios, as bytes'(url, body, headers) {
    const answer = await axios.post(url, body, { headers, validateStatus: null, responseType: 'arraybuffer' })
    return { answer, text: async () => textOf(answer.data) }
  },
} satisfies Record<
  string,
  (url: string, body: string, headers: Headers) => Promise<{ answer: Answer; text(): Promise<string> }>
>

const textOf = (body: unknown) =>
  typeof body === 'string' ? body : body instanceof Uint8Array ? Buffer.from(body).toString() : JSON.stringify(body)

const success = json(z.object({ success: z.literal(true) }))
const recorded = (taskId: string) => sandbox.feedback.filter((record) => record.taskId === taskId)

describe.each(Object.entries(libraries))('an answer of %s', (name, send) => {
  test.each([true, false])('in JSON, to a good token: %s', async (valid) => {
    const { taskId, token } = sandbox.issueTask({ valid })
    const body = JSON.stringify({ username: 'ada', captcha: token })
    const { answer, text } = await send(`${sandbox.url('json')}login`, body, asJSON)
    const { verdict, delivery } = feedback.judge(taskId, answer, { acceptedWhen: success })
    expect(await text()).toContain(`"success":${valid}`)
    expect(String(await verdict)).toMatch(
      valid ? /^accepted: .*on response 200/ : /^rejected: .*captchaRefused\(\), on response 200/,
    )
    expect(await delivery).toMatchObject({ kind: 'delivered', by: 'recorded' })
    expect(recorded(taskId)).toMatchObject([{ valid }])
  })

  const followsNone = name === 'undici, request()'
  test.skipIf(followsNone).each([true, false])('to a form that redirects, with a good token: %s', async (valid) => {
    const { taskId, token } = sandbox.issueTask({ valid })
    const body = String(new URLSearchParams({ username: 'ada', 'g-recaptcha-response': token }))
    const { answer } = await send(`${sandbox.url('form')}login`, body, asForm)
    const predicates = { acceptedWhen: url('**/dashboard'), rejectedWhen: text(/wrong captcha/i) }
    const { verdict } = feedback.judge(taskId, answer, predicates)
    expect(String(await verdict)).toMatch(valid ? /^accepted: .*dashboard$/ : /^rejected: /)
  })

  test('does not count by the URL that was requested', async () => {
    const { taskId, token } = sandbox.issueTask({ valid: true })
    const asked = `${sandbox.url('json')}login`
    const { answer } = await send(asked, JSON.stringify({ username: 'ada', captcha: token }), asJSON)
    // Neither Playwright nor impit tells whether there was a redirect.
    const told = /Playwright|impit/.test(name) ? { url: asked } : {}
    const { verdict } = feedback.judge(taskId, answer, { acceptedWhen: url('**/login'), ...told })
    expect(await verdict).toMatchObject({ kind: 'undecided' })
  })

  test('of a broken site', async () => {
    const { taskId, token } = sandbox.issueTask({ valid: true })
    const { answer } = await send(`${sandbox.url('maintenance')}login`, `g-recaptcha-response=${token}`, asForm)
    expect(await feedback.judge(taskId, answer, { acceptedWhen: success }).verdict).toMatchObject({
      reason: 'site-error',
    })
    expect(recorded(taskId)).toEqual([])
  })
})

describe('a forwardResponse', () => {
  const ask = async (method: string, body: object) => {
    const call = post(JSON.stringify({ clientKey: sandbox.clientKey, ...body }))
    return (await fetch(`${sandbox.apiURL}/${method}`, call)).json()
  }

  async function solved(forwardRequest: object, valid = true) {
    sandbox.scriptTask({ valid })
    const { taskId } = await ask('createTask', { task: { type: 'RecaptchaV3TaskProxyless' }, forwardRequest })
    let result: TaskResult
    do result = await ask('getTaskResult', { taskId })
    while ('status' in result && result.status === 'processing')
    return { taskId, result }
  }

  test.each([true, false])(
    'is judged within the whole answer of getTaskResult, with a good token: %s',
    async (valid) => {
      const body = { username: 'ada', captcha: '{{token}}' }
      const { taskId, result } = await solved({ url: `${sandbox.url('json')}login`, body }, valid)
      const { verdict, delivery } = feedback.judge(taskId, result, { acceptedWhen: success })
      expect(await verdict).toMatchObject({ kind: valid ? 'accepted' : 'rejected' })
      await delivery
      expect(recorded(taskId)).toMatchObject([{ valid }])
    },
  )

  test('is a site-error if the request failed', async () => {
    const { taskId, result } = await solved({ url: `${sandbox.url('reset')}login`, body: 'x' })
    const { verdict } = feedback.judge(taskId, result, { acceptedWhen: () => true, silence: 'rejected' })
    expect(await verdict).toMatchObject({ reason: 'site-error' })
  })
})
