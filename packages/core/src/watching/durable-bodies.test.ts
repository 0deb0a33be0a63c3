import { expect, test } from 'vitest'
import { keepBodies } from './durable-bodies.ts'

/** A session that notes what becomes of it. */
function fakeSession(send = async () => ({})) {
  const seen: string[] = []
  const session = {
    send: (method: string) => {
      seen.push(method)
      return send()
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
  expect(page.seen).toEqual(['Network.configureDurableMessages', 'detach'])
  expect(frame.seen).toEqual(page.seen)
  expect(late.seen).toEqual(page.seen)
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
