import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { startSandbox } from './index.ts'

test('both servers listen on 127.0.0.1, not on every address', async () => {
  const sandbox = await startSandbox()
  onTestFinished(sandbox.close)
  for (const origin of [sandbox.apiURL, sandbox.siteURL]) {
    expect((await fetch(`${origin}/`)).status).toBe(404)
    await expect(fetch(origin.replace('127.0.0.1', '[::1]'))).rejects.toThrow('fetch failed')
  }
})

test('two sandboxes share nothing', async () => {
  const one = await startSandbox()
  const other = await startSandbox()
  onTestFinished(one.close)
  onTestFinished(other.close)
  expect(other.apiURL).not.toBe(one.apiURL)
  expect(other.clientKey).not.toBe(one.clientKey)
  await fetch(one.apiURL)
  expect(one.requests).toHaveLength(1)
  expect(other.requests).toEqual([])
})

test('the API takes the port it is given, and says so when it is taken', async () => {
  const first = await startSandbox()
  onTestFinished(first.close)
  const port = Number(new URL(first.apiURL).port)
  await expect(startSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await first.close()
  const second = await startSandbox({ port })
  onTestFinished(second.close)
  expect(second.apiURL).toBe(first.apiURL)
})

test('the time is the machine’s unless it is given', async () => {
  const sandbox = await startSandbox()
  onTestFinished(sandbox.close)
  const before = Date.now()
  await fetch(sandbox.apiURL)
  expect(sandbox.requests[0]?.at).toBeGreaterThanOrEqual(before)
  expect(sandbox.requests[0]?.at).toBeLessThanOrEqual(Date.now())
})

test('closing ends both servers, and closing twice is fine', async () => {
  const sandbox = await startSandbox()
  await fetch(sandbox.url('form'))
  await sandbox[Symbol.asyncDispose]()
  await sandbox.close()
  await expect(fetch(sandbox.apiURL)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
  await expect(fetch(sandbox.siteURL)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } })
})

test('a site hears what comes over a WebSocket, and closing ends that, too', async () => {
  await using sandbox = await startSandbox()
  const { token } = sandbox.issueTask()
  const socket = new WebSocket(`${sandbox.url('websocket').replace('http', 'ws')}login`)
  await once(socket, 'open')
  socket.send(JSON.stringify({ captcha: token }))
  const [{ data }] = await once(socket, 'message')
  expect(JSON.parse(data)).toEqual({ success: true })
  const closed = once(socket, 'close')
  await sandbox.close()
  await closed
})

test('without a certificate there is no HTTPS', async () => {
  await using sandbox = await startSandbox()
  expect(() => sandbox.secureURL('form')).toThrow('secureURL: expected a sandbox that was started with `tls`')
})

test('a site, a fault or a validity that there is not is refused', async () => {
  await using sandbox = await startSandbox()
  expect(() => sandbox.url('nope' as never)).toThrow(/^url: expected one of form, json, .*, got nope$/)
  expect(() => sandbox.fault({ kind: 'flood' } as never)).toThrow(
    /^fault: `kind`: expected one of reset, .*, got flood$/,
  )
  expect(() => sandbox.issueTask({ valid: 'no' as never })).toThrow(
    'issueTask: `valid`: expected one of true, false, got no',
  )
})
