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
    response: ({ url }) => seen.push(`response ${url}`),
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
  isStray: false,
  native: {},
})
const response = (url: string) => ({ url }) as ObservedResponse

test('a body that is there at once makes nothing wait', () => {
  const { seen, observer } = observed()
  observer.request(request('/a'))
  observer.response(response('/a'))
  expect(seen).toEqual(['request /a at once', 'response /a'])
})

test('what happens while a body is fetched waits for it, in its order', async () => {
  const { seen, observer } = observed()
  const first = Promise.withResolvers<string>()
  const second = Promise.withResolvers<string>()
  observer.request(request('/a', () => first.promise))
  observer.response(response('/a'))
  observer.request(request('/b', () => second.promise))
  observer.ended('page-closed')
  expect(seen).toEqual([])
  first.resolve('late')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual(['request /a late', 'response /a'])
  second.resolve('later')
  await vi.advanceTimersByTimeAsync(0)
  expect(seen).toEqual(['request /a late', 'response /a', 'request /b later', 'page-closed'])
  expect(vi.getTimerCount()).toBe(0)
})

test('a body that can not be fetched, or takes too long, holds nothing up', async () => {
  const { seen, observer } = observed()
  observer.request(request('/a', () => Promise.reject(new Error('gone'))))
  await vi.advanceTimersByTimeAsync(0)
  observer.request(request('/b', () => new Promise(() => {})))
  observer.response(response('/b'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(seen).toEqual(['request /a undefined', 'request /b undefined', 'response /b'])
})
