import { expect, test } from 'vitest'
import { keepBodies, type ProtocolSession, readBody } from './durable-bodies.ts'

const ask = (session: ProtocolSession, method: string, params?: object) => session.send(method, params)

/** A session that records its commands: `kept` if one sets buffer sizes, else `released`. */
function fakeSession(send: () => Promise<unknown> = async () => ({})) {
  const seen: ('kept' | 'released')[] = []
  const session = {
    send: (_method: string, limits?: object) => {
      seen.push(limits ? 'kept' : 'released')
      return send()
    },
  }
  return { session, seen }
}

test('each session keeps bodies, and is asked once', async () => {
  const bodies = keepBodies(ask)
  const [page, frame] = [fakeSession(), fakeSession()]
  bodies.keep(page.session)
  bodies.keep(page.session)
  bodies.keep(frame.session)
  expect(bodies.isKept(page.session)).toBe(false)
  await new Promise(setImmediate)
  expect(bodies.isKept(page.session)).toBe(true)
  for (const { seen } of [page, frame]) expect(seen).toEqual(['kept'])
})

test('a session that was released is not asked again', async () => {
  const bodies = keepBodies(ask)
  const { session, seen } = fakeSession()
  bodies.keep(session)
  bodies.release(session)
  await new Promise(setImmediate)
  expect(bodies.isKept(session)).toBe(false)
  bodies.keep(session)
  expect(seen).toEqual(['kept', 'released'])
})

test('a browser that does not know the command, or throws at it, is left as it is', async () => {
  const bodies = keepBodies(ask)
  const old = fakeSession(() => Promise.reject(new Error("'Network.configureDurableMessages' wasn't found")))
  const gone = fakeSession(() => {
    throw new Error('Session closed')
  })
  for (const { session } of [old, gone]) bodies.keep(session)
  await new Promise(setImmediate)
  for (const { seen } of [old, gone]) expect(seen).toEqual(['kept'])
})

const never = new Promise<never>(() => {})

test.each(['was never read by its page', 'the library lost'])('a body that %s is the browser’s', async (how) => {
  const answers = [undefined, Buffer.from('whole')]
  const own = how.startsWith('was') ? never : Promise.reject(new Error('lost'))
  expect(String(await readBody(own, async () => answers.shift()))).toBe('whole')
  expect(answers).toEqual([])
})

test('nobody asks for what the library comes by, and its word is the last where asking is no use', async () => {
  expect(await readBody(Promise.resolve(Buffer.from('own')), () => expect.unreachable())).toEqual(Buffer.from('own'))
  const refused = () => Promise.reject(new Error('no such session'))
  await expect(readBody(Promise.reject(new Error('lost')), refused)).rejects.toThrow('lost')
})
