import { expect, test, vi } from 'vitest'
import { settled } from '../adapter.ts'
import { type Clock, systemClock } from '../clock.ts'
import { createRegotchaFeedback } from '../feedback.ts'
import type { ObservedRequest, Observer, Source, Sources } from '../page/source.ts'

/** A fake browser whose pages are controlled by the test. It counts its observers. */
function createPlace() {
  const observers = new Map<string, Set<Observer>>()
  const sources = new Map<string, Source>()
  const urls = new Map<string, string>()
  let opened: ((source: Source) => void) | undefined
  return {
    place: {},
    observe(listener: (source: Source) => void) {
      opened = listener
      for (const source of sources.values()) listener(source)
      return () => {
        opened = undefined
      }
    },
    open(name: string) {
      const own = new Set<Observer>()
      observers.set(name, own)
      const source: Source = {
        page: { name },
        url: () => urls.get(name) ?? `https://${name}.example/`,
        observe(observer) {
          own.add(observer)
          return () => void own.delete(observer)
        },
      }
      sources.set(name, source)
      opened?.(source)
      return source.page
    },
    /** A page's script changes its URL. */
    push(name: string, path: string) {
      const url = `https://${name}.example${path}`
      urls.set(name, url)
      for (const observer of [...(observers.get(name) ?? [])])
        observer.navigated({ frame: observers, isMainFrame: true, url, native: {} })
    },
    observing: () => [...observers.values()].reduce((sum, own) => sum + own.size, 0) + (opened ? 1 : 0),
    /** A page posts a body. Returns a function that answers with a status. */
    post(name: string, body: string, more: Partial<ObservedRequest> = {}) {
      const frame = {}
      const url = `https://${name}.example/login`
      const basics = { chain: {}, url, method: 'POST', resourceType: 'fetch', headers: {}, frame, native: {} }
      const request: ObservedRequest = { ...basics, body, isNavigation: false, isUnattributed: false, ...more }
      const tell = (fact: (observer: Observer) => void) => [...(observers.get(name) ?? [])].forEach(fact)
      tell((observer) => observer.request(request))
      return (status: number) =>
        tell((observer) => observer.response({ request, url, status, headers: {}, text: async () => '', native: {} }))
    },
  } satisfies Sources & Record<string, unknown>
}

const token = 'a token that is long enough'

/** Runs a hundred times as fast: an acceptance by a call's answer waits 2 s. */
const quick: Clock = {
  now: () => 100 * Date.now(),
  after: (ms, run, options) => systemClock.after(ms / 100, run, options),
}

function start() {
  const place = createPlace()
  const feedback = createRegotchaFeedback({ dryRun: true, clock: quick })
  const acceptedWhen = ({ status }: { status: number | undefined }) => status === 200
  feedback.lookOut(place, { acceptedWhen })
  return { place, feedback }
}

test('pages are observed while a token waits or is judged, and no longer', async () => {
  const { place, feedback } = start()
  place.open('a')
  place.open('b')
  expect(place.observing()).toBe(0)
  const watch = feedback.solved({ taskId: 'task', token })
  place.open('c')
  expect(place.observing()).toBe(4)
  const answer = place.post('b', token)
  expect(place.observing()).toBe(1)
  answer(200)
  expect(await watch.verdict).toMatchObject({ kind: 'accepted' })
  await expect.poll(place.observing).toBe(0)
})

test('who closes pages can wait for the verdict of a token that one has submitted', async () => {
  const { place, feedback } = start()
  const page = place.open('a')
  const { verdict } = feedback.solved({ taskId: 'task', token })
  const answer = place.post('a', token)
  const told: unknown[] = []
  const closed = settled(page).then(() => told.push('closed'))
  void verdict.then(({ kind }) => told.push(kind))
  setImmediate(() => answer(200))
  await closed
  expect(told).toEqual(['accepted', 'closed'])
})

test('the first page that submits a token decides', async () => {
  const { place, feedback } = start()
  place.open('a')
  place.open('b')
  const { verdict } = feedback.solved({ taskId: 'task', token })
  const first = place.post('a', token)
  const second = place.post('b', token)
  second(200)
  first(403)
  place.post('a', 'another')(200)
  await feedback.close()
  expect(await verdict).toMatchObject({ kind: 'undecided', reason: 'stopped' })
})

test.each([
  [true, 'no-match'],
  [false, 'silence'],
])('a watch knows what the page showed before its token left: %s', async (isShown, by) => {
  vi.useFakeTimers()
  try {
    const place = createPlace()
    const feedback = createRegotchaFeedback({ dryRun: true })
    feedback.lookOut(place, { acceptedWhen: ({ url }) => url.endsWith('/dashboard'), silence: 'rejected' })
    place.open('a')
    const { verdict } = feedback.solved({ taskId: 'task', token })
    if (isShown) place.push('a', '/dashboard')
    place.post('a', token)(200)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(Object.values(await verdict)).toContain(by)
  } finally {
    vi.useRealTimers()
  }
})

test('one request may take two tokens along', async () => {
  const { place, feedback } = start()
  place.open('a')
  const watches = ['1', '2'].map((n) => feedback.solved({ taskId: n, token: token + n }))
  place.post('a', `${token}1&${token}2`)(200)
  for (const { verdict } of watches) expect(await verdict).toMatchObject({ kind: 'accepted' })
})

test('a stray request, which each page of its context sees, is claimed by none', async () => {
  const { place, feedback } = start()
  place.open('a')
  const watch = feedback.solved({ taskId: 'task', token })
  place.post('a', token, { isUnattributed: true })(200)
  watch.stop()
  expect(await watch.verdict).toMatchObject({ kind: 'undecided', reason: 'stopped' })
})

test('a token is known in whatever the solver handed it over', async () => {
  const { place, feedback } = start()
  place.open('a')
  const answer = { errorId: 0, status: 'ready', solution: { gRecaptchaResponse: token } }
  const watch = feedback.solved({ taskId: 'task', token: answer })
  place.post('a', token)(200)
  expect(await watch.verdict).toMatchObject({ kind: 'accepted' })
})

test('what is wrong is said at the door, without the token', () => {
  const { feedback } = start()
  expect(() => feedback.solved({ taskId: '', token })).toThrow('`taskId`: expected the id of the task')
  expect(() => feedback.solved({ taskId: 'task', token: '7' })).toThrow(
    "`token`: expected the token, a string of at least 16 characters, or getTaskResult's answer or its solution, got a string of 1 characters",
  )
  expect(() => feedback.solved({ taskId: 'task' } as never)).toThrow('`token`: expected the token, a string')
  expect(() => feedback.lookOut(createPlace(), {})).toThrow('`acceptedWhen`: expected a function, or rules in `sites`')
})
