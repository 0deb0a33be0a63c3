/** An HTTP server on 127.0.0.1 whose answers are data, also where the answer is a broken connection. */
import { once } from 'node:events'
import { createServer, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

export interface Incoming {
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  /** As text, unpacked when it came gzipped. */
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
  /** Milliseconds before the answer begins. */
  readonly delay?: number
  /** What happens after half the body: the connection fails, or the rest takes so many ms. */
  readonly halfway?: Breakdown | number
}

/** A `Breakdown` in place of a reply: the connection fails before a byte is sent. */
export type Answer = Reply | Breakdown

export interface ListenOptions {
  /** Default 0, which takes a free one. */
  readonly port?: number | undefined
  /** How many bytes of a request's body are read; default 1 MiB. */
  readonly bodyLimit?: number
}

/** Starts a server. `close` cuts stalled connections too, and may be called twice. */
export async function listen(
  handle: (incoming: Incoming) => Answer,
  { port = 0, bodyLimit = 1024 * 1024 }: ListenOptions = {},
) {
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request
    const headers = request.headers as Incoming['headers'] // a list is `set-cookie` alone, which no request has
    const [path = '/', search] = url.split('?')
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= bodyLimit) chunks.push(chunk) // the rest is read and dropped
    })
    request.on('end', () => {
      const body = unpacked(Buffer.concat(chunks), headers)
      const json = headers['content-type']?.startsWith('application/json') ? parseJSON(body) : undefined
      send(response, handle({ method, path, query: new URLSearchParams(search), headers, body, json }))
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
  const { status = 200, headers = {}, body = '', delay = 0, halfway } = answer
  if (delay > 0) return later(delay, () => send(response, { ...answer, delay: 0 }))
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  response.statusCode = status
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json'
  if (text) response.setHeader('content-type', type)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (halfway === undefined) return response.end(text)
  response.setHeader('content-length', Buffer.byteLength(text))
  const half = text.length / 2
  response.write(text.slice(0, half), () => {
    if (halfway === 'reset') response.destroy()
    if (typeof halfway === 'number') later(halfway, () => response.end(text.slice(half)))
  })
}

/** Does not keep the process alive; writing to a connection that was closed meanwhile does no harm. */
function later(ms: number, run: () => void) {
  setTimeout(run, ms).unref()
}

function unpacked(body: Buffer, headers: Incoming['headers']): string {
  try {
    return String(headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body)
  } catch {
    return ''
  }
}

function parseJSON(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
