/** An HTTP server on 127.0.0.1 whose answers are data, also where the answer is a broken connection. */
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Incoming {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The parsed body; `undefined` when it is not JSON or is not declared as JSON. */
  readonly json: unknown
}

/** How a connection fails: cut at once, or left open and silent until the server closes. */
export type Breakdown = 'reset' | 'stall'

export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A string goes out as HTML, an object as JSON; `headers` can name another content type. */
  readonly body?: string | object
  /** The connection fails after half the body. */
  readonly halfway?: Breakdown
}

/** A `Breakdown` in place of a reply: the connection fails before a byte is sent. */
export type Answer = Reply | Breakdown

const bodyLimit = 1024 * 1024

/** Starts a server; `port` 0 takes a free one. `close` cuts stalled connections too, and may be called twice. */
export async function listen(handle: (incoming: Incoming) => Answer, port = 0) {
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/', headers } = request
    const [path = '/'] = url.split('?')
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (chunk: string) => {
      if (body.length < bodyLimit) body += chunk // the rest is read and dropped
    })
    request.on('end', () => {
      const json = headers['content-type']?.startsWith('application/json') ? parseJSON(body) : undefined
      send(response, handle({ method, path, headers, body, json }))
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const closed = once(server, 'close')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** What a web server or gateway says by itself. */
export function errorPage(status: number): Reply {
  const title = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`
  return { status, body: `<!doctype html>\n<html lang="en"><title>${title}</title><h1>${title}</h1></html>\n` }
}

function send(response: ServerResponse, answer: Answer) {
  if (answer === 'stall') return
  if (answer === 'reset') return response.socket?.resetAndDestroy()
  const { status = 200, headers = {}, body = '', halfway } = answer
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.statusCode = status
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json'
  if (text) response.setHeader('content-type', type)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (!halfway) return response.end(text)
  response.setHeader('content-length', Buffer.byteLength(text))
  response.write(text.slice(0, text.length / 2), () => {
    if (halfway === 'reset') response.destroy()
  })
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
