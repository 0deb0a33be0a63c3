import { expect, test } from 'vitest'
import { keepBodies } from './durable-bodies.ts'

/** A session of a page in UTF-8, that notes what becomes of it. */
function fakeSession(
  send = async (_method: string): Promise<unknown> => ({ result: { type: 'string', value: 'UTF-8' } }),
) {
  const seen: string[] = []
  const session = {
    send: (method: string) => {
      seen.push(method)
      return send(method)
    },
    detach: async () => void seen.push('detach'),
  }
  return { session, seen }
}

test('each session keeps bodies until the end, also one that is opened only then', async () => {
  const bodies = keepBodies()
  const [page, frame, late] = [fakeSession(), fakeSession(), fakeSession()]
  bodies.of(async () => page.session)
  bodies.of(async () => frame.session)
  const opening = Promise.withResolvers<typeof late.session>()
  bodies.of(() => opening.promise)
  bodies.stop()
  bodies.of(() => expect.unreachable())
  opening.resolve(late.session)
  await opening.promise
  await new Promise(setImmediate)
  for (const { seen } of [page, frame, late]) {
    expect(seen.filter((method) => method !== 'Runtime.evaluate')).toEqual([
      'Network.configureDurableMessages',
      'detach',
    ])
  }
})

test('a browser that knows no such sessions, or not the command, is left as it is', async () => {
  const bodies = keepBodies()
  const old = fakeSession(() => Promise.reject(new Error("'Network.configureDurableMessages' wasn't found")))
  bodies.of(() => {
    throw new Error('no protocol')
  })
  bodies.of(async () => old.session)
  await new Promise(setImmediate)
  expect(old.seen).toEqual(['Network.configureDurableMessages', 'detach'])
})

test('what comes after a page that is not UTF-8 is not kept, as the user’s own reading expects', async () => {
  let answer: unknown = true // while it loads
  const bodies = keepBodies()
  const { session, seen } = fakeSession(async () => ({ result: { type: typeof answer, value: answer } }))
  bodies.of(async () => session)
  await new Promise(setImmediate)
  answer = 'windows-1251'
  expect(seen).toEqual(['Network.configureDurableMessages', 'Runtime.evaluate'])
  bodies.loaded()
  await new Promise(setImmediate)
  expect(seen.slice(2)).toEqual(['Runtime.evaluate', 'Network.configureDurableMessages'])
})
