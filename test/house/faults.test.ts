/** If members of a library's objects throw or reject, nothing escapes, and each watch still gets its verdict. */
import { EventEmitter } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { createRegotchaFeedback, type Watch } from '@regotcha-feedback/core'
import { withRegotchaFeedback as withPlaywright } from '@regotcha-feedback/playwright'
import { type PuppeteerPage, withRegotchaFeedback as withPuppeteer } from '@regotcha-feedback/puppeteer'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

const token = 'a token that is long enough'

/** A member, the call from which on it fails, and how. */
interface Fault {
  readonly member: string
  readonly after: number
  readonly how: 'throws' | 'rejects'
}

/** Creates objects of a library whose members fail as planned, and records which were used. */
function library(faults: readonly Fault[]) {
  const calls = new Map<string, number>()

  function outcome(member: string, value: () => unknown): unknown {
    const count = calls.get(member) ?? 0
    calls.set(member, count + 1)
    const fault = faults.find((fault) => fault.member === member && fault.after <= count)
    const error = new Error(`${member} failed`)
    if (fault?.how === 'throws') throw error
    const answer = value()
    return fault && answer instanceof Promise ? Promise.reject(error) : answer
  }

  function made<T extends object>(name: string, members: T): T & EventEmitter {
    // Puppeteer's emitters don't throw if an `error` event has no listener.
    const target: object = new EventEmitter().on('error', () => {})
    return new Proxy(target, {
      get(_, key) {
        const member = `${name}.${String(key)}`
        if (key in members) {
          const value: unknown = Reflect.get(members, key)
          return typeof value === 'function'
            ? (...given: unknown[]) => outcome(member, () => value(...given))
            : outcome(member, () => value)
        }
        const value: unknown = Reflect.get(target, key, target)
        if (key !== 'on' && key !== 'off') return value
        return (...given: unknown[]) =>
          outcome(member, () => (value as (...of: unknown[]) => unknown).apply(target, given))
      },
      has: (_, key) => key in members || key in target,
    }) as T & EventEmitter
  }
  return { made, calls }
}

type Made = ReturnType<typeof library>['made']

/** A page with a form in a frame, with the members that both libraries share. */
function createVisit(made: Made, ofRequest: object, ofResponse: object, ofFrame: object, ofPage: object) {
  const frame = (url: string, parent: object | null) =>
    made('frame', { url: () => url, parentFrame: () => parent, ...ofFrame })
  const main = frame('https://site.test/', null)
  const child = frame('https://other.test/', main)
  const request = (method: string, url: string, isNavigationRequest: boolean, body: string | undefined) =>
    made('request', {
      url: () => url,
      method: () => method,
      resourceType: () => (isNavigationRequest ? 'document' : 'fetch'),
      headers: () => ({}),
      postData: () => body,
      frame: () => main,
      isNavigationRequest: () => isNavigationRequest,
      ...ofRequest,
    })
  const response = (to: ReturnType<typeof request>) =>
    made('response', {
      request: () => to,
      url: () => 'https://site.test/login',
      status: () => 200,
      headers: () => ({ 'content-type': 'text/html; charset=iso-8859-1' }),
      ...ofResponse,
    })
  const openPage = () =>
    made('page', {
      isClosed: () => false,
      url: () => 'https://site.test/',
      frames: () => [main, child],
      mainFrame: () => main,
      ...ofPage,
    })
  const page = openPage()
  return {
    page,
    /** Plays the visit from the submission on; `crash` is the library's event. */
    play(crash: string, isClosed: boolean) {
      const [call, document] = [
        request('POST', 'https://site.test/login', false, token),
        request('GET', 'https://site.test/next', true, undefined),
      ]
      page.emit('framenavigated', child)
      page.emit('request', call)
      page.emit('popup', openPage())
      page.emit('response', response(call))
      page.emit('request', document)
      page.emit('response', response(document))
      page.emit('framenavigated', main)
      page.emit('requestfailed', request('POST', 'https://site.test/beacon', false, undefined))
      if (isClosed) page.emit(crash, new Error('crashed'))
    },
  }
}

const bytes = async () => Buffer.from('no')

function ofPlaywright(made: Made) {
  const session = made('session', {
    send: async () => ({ frameTree: { frame: { url: '' } } }),
    detach: async () => {},
  })
  const browser = { browserType: () => ({ name: () => 'chromium' }) }
  let visit: ReturnType<typeof createVisit> | undefined
  const context = made('context', {
    newCDPSession: async () => session,
    browser: () => made('browser', browser),
    pages: () => (visit ? [visit.page] : []),
  })
  const allHeaders = async () => ({})
  visit = createVisit(
    made,
    { allHeaders, redirectedFrom: () => null, serviceWorker: () => null },
    { allHeaders, body: bytes },
    {},
    { context: () => context },
  )
  return { ...visit, place: context, crash: 'crash' }
}

function ofPuppeteer(made: Made) {
  const client = made('session', { send: async () => ({ entries: [], currentIndex: 0 }) })
  const target = made('target', { url: () => 'https://site.test/', type: () => 'page', page: async () => visit.page })
  const browser = made('browser', { targets: () => [target], newPage: async () => visit.page })
  const visit: ReturnType<typeof createVisit> = createVisit(
    made,
    { client, id: '1', redirectChain: () => [], hasPostData: () => true, fetchPostData: async () => token },
    { buffer: bytes },
    { client },
    { browser: () => browser, browserContext: () => browser, target: () => target },
  )
  return { ...visit, place: browser, crash: 'error' }
}

const libraries = {
  Playwright: { open: ofPlaywright, arm: withPlaywright as unknown as typeof withPuppeteer },
  Puppeteer: { open: ofPuppeteer, arm: withPuppeteer },
}

const rules = { acceptedWhen: async ({ text }: { text(): Promise<string> }) => (await text()) === 'yes' }

describe.each(Object.entries(libraries))('of %s', (_, { open, arm }) => {
  const unhandled: unknown[] = []
  const note = (error: unknown) => void unhandled.push(error)

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] })
    process.on('unhandledRejection', note)
  })
  afterEach(() => {
    vi.useRealTimers()
    process.off('unhandledRejection', note)
  })

  /** Watches one visit, by its page or with `solved()`; returns which members were used. */
  async function visit(faults: readonly Fault[], isLookedOut: boolean, isClosed: boolean): Promise<string[]> {
    const { made, calls } = library(faults)
    const { page, place, play, crash } = open(made)
    const feedback = createRegotchaFeedback({ dryRun: true })
    const armed = (): Watch => {
      if (!isLookedOut) return arm(page as unknown as PuppeteerPage, 'task', { ...rules, token, feedback }).feedback
      arm(place as unknown as Parameters<typeof withPuppeteer>[0], { ...rules, feedback })
      return feedback.solved({ taskId: 'task', token })
    }
    const watch = armed()
    await setImmediate()
    play(crash, isClosed)
    let verdict: unknown
    void watch.verdict.then((told) => {
      verdict = told
    })
    await vi.advanceTimersByTimeAsync(200_000)
    await setImmediate()
    expect(verdict).toMatchObject({ kind: expect.stringMatching(/undecided|rejected/) })
    expect(unhandled).toEqual([])
    void feedback.close({ timeout: 1 })
    await vi.advanceTimersByTimeAsync(200_000)
    expect(vi.getTimerCount()).toBe(0)
    return [...calls.keys()]
  }

  test('any member may fail, at any of its calls, alone or together', { timeout: 120_000 }, async () => {
    const touched = new Set([...(await visit([], false, false)), ...(await visit([], true, true))])
    expect(touched.size).toBeGreaterThan(20)
    const fault = fc.record({
      member: fc.constantFrom(...touched),
      after: fc.nat(3),
      how: fc.constantFrom('throws' as const, 'rejects' as const),
    })
    for (const member of touched) {
      for (const how of ['throws', 'rejects'] as const) await visit([{ member, after: 0, how }], false, false)
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 4 }), fc.boolean(), fc.boolean(), async (...how) => {
        await visit(...how)
      }),
      { numRuns: 200 },
    )
  })
})
