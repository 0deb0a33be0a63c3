import { expect, test } from 'vitest'
import type { PageLike, RequestLike, ResponseLike } from './dialect.ts'
import { pageSource } from './page.ts'

type Listener = (payload: unknown) => void

/** Counts how often its listeners are called. */
class CountingEmitter {
  calls = 0
  readonly listeners: { event: string; listener: Listener }[] = []

  on(event: string, listener: Listener) {
    this.listeners.push({ event, listener })
  }

  off(event: string, listener: Listener) {
    const index = this.listeners.findIndex((each) => each.event === event && each.listener === listener)
    if (index >= 0) this.listeners.splice(index, 1)
  }

  emit(event: string, payload: unknown) {
    for (const { listener } of this.listeners.filter((each) => each.event === event)) {
      this.calls++
      listener(payload)
    }
  }
}

const request = (parts: object = {}) =>
  ({ url: () => 'https://site.test/', method: () => 'GET', ...parts }) as unknown as RequestLike

/** A context whose pages are all watched. As in Playwright, it reports what each of its pages does. */
function watchedContext(pages: number) {
  const context = new CountingEmitter()
  const told: string[] = []
  let looks = 0
  const unattributed = {
    emitter: () => context,
    is: (request: RequestLike) => {
      looks++
      return 'isUnattributed' in request
    },
  }
  const open = (name: string) => {
    const page = Object.assign(new CountingEmitter(), { isClosed: () => false, url: () => 'https://site.test/' })
    const nothing = () => {}
    const none = { read: async () => Buffer.from(''), session: async () => undefined, release: nothing, stop: nothing }
    const dialect = {
      crash: 'crash',
      first: (request: RequestLike) => request,
      instrument: () => none,
      isOfNetwork: () => true,
      unattributed,
    }
    const stop = pageSource<PageLike, RequestLike, ResponseLike<RequestLike>>(page, dialect).observe({
      request: ({ isUnattributed }) => told.push(`${name} ${isUnattributed ? 'stray' : 'own'} request`),
      response: ({ request }) => told.push(`${name} ${request.isUnattributed ? 'stray' : 'own'} response`),
      failed() {},
      navigated() {},
      ended() {},
    })
    return { page, stop }
  }
  const opened = Array.from({ length: pages }, (_, index) => open(`page ${index}`))
  const all = [context, ...opened.map(({ page }) => page)]
  return {
    told,
    context,
    opened,
    /** The total number of calls when the first page and its context emit an event. */
    cost(event: string, payload: unknown) {
      looks = 0
      for (const emitter of all) emitter.calls = 0
      opened[0]?.page.emit(event, payload)
      context.emit(event, payload)
      return looks + all.reduce((sum, { calls }) => sum + calls, 0)
    },
  }
}

test('what a page does costs the same, however many other pages of its context are watched', () => {
  const [alone, among] = [watchedContext(1), watchedContext(100)]
  const asked = request()
  const answered = { request: () => asked, url: () => 'https://site.test/', status: () => 200 }
  for (const [event, payload] of Object.entries({ request: asked, response: answered, requestfailed: asked })) {
    expect(among.cost(event, payload)).toBe(alone.cost(event, payload))
  }
  expect(among.told).toEqual(['page 0 own request', 'page 0 own response'])
})

test('what is of no page yet is told to all, and its answer too; the last to leave takes the listeners along', () => {
  const { told, context, opened } = watchedContext(2)
  const stray = request({ isUnattributed: true })
  const found = request()
  context.emit('request', stray)
  delete (stray as { isUnattributed?: true }).isUnattributed
  context.emit('response', { request: () => stray, url: () => 'https://site.test/', status: () => 200 })
  context.emit('request', found)
  expect(told).toEqual([
    'page 0 stray request',
    'page 1 stray request',
    'page 0 stray response',
    'page 1 stray response',
  ])
  opened[0]?.stop()
  context.emit('request', request({ isUnattributed: true }))
  expect(told.at(-1)).toBe('page 1 stray request')
  opened[1]?.stop()
  expect(context.listeners).toEqual([])
})
