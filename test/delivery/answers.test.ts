/** Answers as proxies, load balancers and networks make them, over real HTTP. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { expect, test } from 'vitest'
import { quickClock } from './quick-clock.ts'

const recorded = '{"errorId":0,"message":"Feedback recorded: token valid"}'
const gzip = { 'content-type': 'application/json', 'content-encoding': 'gzip' }

/** Answers the first request with this, and all others as the API does. */
async function deliverTo(first: (response: ServerResponse) => unknown, host = '127.0.0.1') {
  let requests = 0
  const server = createServer((request, response) => {
    response.on('error', () => {})
    request.resume().on('end', () => (requests++ === 0 ? first(response) : response.end(recorded)))
  })
  await new Promise<void>((listening) => void server.listen(0, host, listening))
  const { port } = server.address() as AddressInfo
  await using feedback = createRegotchaFeedback({
    clientKey: 'a-secret-key',
    baseURL: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    outbox: 'memory',
    attemptTimeout: 1000,
    clock: quickClock,
  })
  const delivery = await feedback.report('task', true)
  server.closeAllConnections()
  server.close()
  return delivery
}

async function drip(response: ServerResponse, text: string, every: number): Promise<void> {
  for (const letter of text) {
    response.write(letter)
    await setTimeout(every)
    if (response.destroyed) return
  }
  response.end()
}

test.each<[string, (response: ServerResponse) => unknown, string?]>([
  ['compressed', (response) => response.writeHead(200, gzip).end(gzipSync(recorded))],
  ['with a byte order mark', (response) => response.end(`\uFEFF${recorded}`)],
  ['in a letter a time', (response) => drip(response, recorded, 1)],
  [
    'after early hints',
    (response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' })
      response.end(recorded)
    },
  ],
  ['called HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(recorded)],
  ['over IPv6', (response) => response.end(recorded), '::1'],
])('an answer that comes %s is taken', async (_, answer, host) => {
  expect(await deliverTo(answer, host)).toEqual({ kind: 'delivered', by: 'recorded', attempts: 1 })
})

const page = '<html><form action="/login">Welcome to our hotel</form>'

test.each<[string, (response: ServerResponse) => unknown]>([
  ['is no gzip, as it says', (response) => response.writeHead(200, gzip).end(recorded)],
  ['is half a gzip', (response) => response.writeHead(200, gzip).end(gzipSync(recorded).subarray(0, 20))],
  ['is 100 MB in a small gzip', (response) => response.writeHead(200, gzip).end(gzipSync(Buffer.alloc(1e8, ' ')))],
  ['drips for longer than it may', (response) => drip(response, recorded, 200)],
  ['is a captive portal’s page', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)],
  ['has no content', (response) => response.writeHead(204).end()],
  ['is JSON of something else', (response) => response.end('{"status":"ok"}')],
  ['says 0 in a string', (response) => response.end('{"errorId":"0"}')],
  ['switches the protocol', (response) => response.writeHead(101, { upgrade: 'x', connection: 'upgrade' }).end()],
  ['is not HTTP', (response) => response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n')],
  [
    'is longer than its length',
    (response) => response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n${recorded}`),
  ],
])('an answer that %s is none: it is tried again', async (_, answer) => {
  expect(await deliverTo(answer)).toMatchObject({ kind: 'delivered', attempts: 2 })
})
