import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { systemClock } from '../clock.ts'
import { withBodies } from './late-bodies.ts'
import type { ObservedRequest, ObservedResponse, Observer } from './source.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

function observed() {
  const seen: string[] = []
  const observer: Observer = {
    request: ({ url, body }) => seen.push(`request ${url} ${body}`),
    response: ({ url, request: { body } }) => seen.push(`response ${url} to ${body}`),
    failed: ({ url }) => seen.push(`failed ${url}`),
    navigated: ({ url }) => seen.push(`navigated ${url}`),
    ended: (how) => seen.push(how),
  }
  return { seen, observer: withBodies(observer, systemClock) }
}

const request = (url: string, lateBody?: () => Promise<string | undefined>): ObservedRequest => ({
  chain: {},
  url,
  method: 'POST',
  resourceType: 'fetch',
  headers: {},
  body: lateBody ? undefined : 'at once',
  lateBody,
  frame: undefined,
  isNavigation: false,
  isUnattributed: false,
  native: {},
})
const response = (to: ObservedRequest) => ({ url: to.url, request: to }) as ObservedResponse

test('a body that is there at once makes nothing wait', () => {
  const { seen, observer } = observed()
  const a = request('/a')
  observer.request(a)
  observer.response(response(a))
  expect(seen).toEqual(['request /a at once', 'response /a to at once'])
})

test('what happens while a body is fetched waits for it, in its order', async () => {
  const { seen, observer } = observed()
  const first = Promise.withResolvers<string>()
  const second = Promise.withResolvers<string>()
  const a = request('/a', () => first.promise)
  observer.request(a)
  observer.response(response(a))
  observer.request(request('/b', () => second.promise))
  observer.ended('page-closed')
  expect(seen).toEqual([])
  first.resolve('late')
  await vi.advanceTimersByTimeAsync(0)
  const before = ['request /a late', 'response /a to undefined']
  expect(seen).toEqual(before)
  second.resolve('later')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual([...before, 'request /b later', 'page-closed'])
  expect(vi.getTimerCount()).toBe(0)
})

test('a body that can not be fetched, or takes too long, holds nothing up', async () => {
  const { seen, observer } = observed()
  observer.request(request('/a', () => Promise.reject(new Error('gone'))))
  await vi.advanceTimersByTimeAsync(0)
  const b = request('/b', () => new Promise(() => {}))
  observer.request(b)
  observer.response(response(b))
  await vi.advanceTimersByTimeAsync(5000)
  expect(seen).toEqual(['request /a undefined', 'request /b undefined', 'response /b to undefined'])
})

test('a body is fetched with the answer, where nobody listened when its request left', async () => {
  const { seen, observer } = observed()
  observer.response(response(request('/a', async () => 'late')))
  observer.navigated({ url: '/a', frame: {}, isMainFrame: true, native: {} })
  expect(seen).toEqual([])
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual(['response /a to late', 'navigated /a'])
})
