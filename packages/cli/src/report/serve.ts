import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Answer } from '../answer.ts'
import { CommandError, exitCode } from '../exit-code.ts'

export interface ServeOptions {
  readonly page: () => string
  readonly port: number
  readonly asJson: boolean
}

/** A page younger than this, in ms, is served again. */
const fresh = 2000

/** Serves the page on loopback until it is interrupted. */
export async function serve({ page, port, asJson }: ServeOptions): Promise<Answer> {
  let made = { at: Number.NEGATIVE_INFINITY, text: '' }

  function respond({ method, url, headers }: IncomingMessage, response: ServerResponse): void {
    // Protects the report against DNS rebinding: https://en.wikipedia.org/wiki/DNS_rebinding
    const isOurs = /^(127\.0\.0\.1|localhost):\d+$/.test(headers.host ?? '')
    if (!isOurs || url !== '/' || (method !== 'GET' && method !== 'HEAD')) return void response.writeHead(404).end()
    try {
      if (Date.now() - made.at >= fresh) made = { at: Date.now(), text: page() }
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return void response.writeHead(503, { 'content-type': 'text/plain; charset=utf-8' }).end(reason)
    }
    const caching = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' }
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...caching }).end(made.text)
  }

  const server = createServer(respond)
  const failed = once(server, 'error').then(([error]) => {
    const why = error.code === 'EADDRINUSE' ? 'it is taken' : error.message
    throw new CommandError(exitCode.usage, `cannot serve at port ${port}: ${why}`)
  })
  const interrupted = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  server.listen(port, '127.0.0.1')
  await Promise.race([once(server, 'listening'), failed])
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  process.stdout.write(
    asJson ? `${JSON.stringify({ url })}\n` : `The report is at ${url}. It stays up to date until you press Ctrl-C.\n`,
  )
  await interrupted
  server.close()
  server.closeAllConnections()
  return { data: { url, ended: true }, text: 'Ended.' }
}
