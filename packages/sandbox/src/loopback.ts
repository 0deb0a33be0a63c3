/** An HTTP server on 127.0.0.1 whose answers are data, also where the answer is a broken connection. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import { createSecureServer } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { WebSocketServer } from 'ws'

export interface Incoming {
  /** A message that comes over a WebSocket has the method `MESSAGE`: the body of its answer goes back. */
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
type Breakdown = 'reset' | 'stall'

export interface Reply {
  /** Default 200. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** A string goes out as HTML, an object as JSON; `headers` can name another content type. */
  readonly body?: string | object
  /** How the text becomes bytes, for a charset that `headers` name; default UTF-8. */
  readonly encoding?: 'utf8' | 'latin1'
  /** Milliseconds before the answer begins. */
  readonly delay?: number
  /** What happens after half the body: the connection fails, or the rest takes so many ms. */
  readonly halfway?: Breakdown | number
}

/** A `Breakdown` in place of a reply: the connection fails before a byte is sent. */
export type Answer = Reply | Breakdown

/** A private key and its certificate, both as PEM. */
export interface TLS {
  readonly key: string
  readonly cert: string
}

export interface ListenOptions {
  /** Default 0, which takes a free one. */
  readonly port?: number | undefined
  /** How many bytes of a request's body are read; default 1 MiB. */
  readonly bodyLimit?: number
  /** With it the server speaks HTTP/2 as well, without it HTTP/1.1 alone. */
  readonly tls?: TLS | undefined
}

/** Starts a server. `close` cuts stalled connections too, and may be called twice. */
export async function listen(
  handle: (incoming: Incoming) => Answer,
  { port = 0, bodyLimit = 1024 * 1024, tls }: ListenOptions = {},
) {
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= bodyLimit) chunks.push(chunk) // the rest is read and dropped
    })
    request.on('end', () => {
      const body = unpacked(Buffer.concat(chunks), request.headers as Incoming['headers'])
      send(response, handle(incomingOf(request, request.method ?? 'GET', body)))
    })
  }
  // The objects of HTTP/2 have the same members.
  const server = tls ? createSecureServer({ ...tls, allowHTTP1: true }, answer as never) : createServer(answer)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const webSockets = new WebSocketServer({ noServer: true, maxPayload: bodyLimit })
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      webSocket.on('message', (message) => {
        const reply = handle(incomingOf(request, 'MESSAGE', String(message)))
        if (typeof reply === 'object') webSocket.send(textOf(reply))
      }),
    ),
  )
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const closed = once(server, 'close')
  return {
    origin: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function incomingOf(request: Pick<IncomingMessage, 'url' | 'headers'>, method: string, body: string): Incoming {
  const { url = '/' } = request
  const headers = request.headers as Incoming['headers'] // a list is `set-cookie` alone, which no request has
  const [path = '/', search] = url.split('?')
  const json = headers['content-type']?.startsWith('application/json') ? parseJSON(body) : undefined
  // HTTP/2 has another name for the host.
  const host = headers.host ?? headers[':authority']
  return { method, path, query: new URLSearchParams(search), headers: { ...headers, host }, body, json }
}

/** What a web server or gateway says by itself. */
export function errorPage(status: number): Reply {
  const title = `${status} ${STATUS_CODES[status] ?? 'Unknown'}`
  return { status, body: `<!doctype html>\n<html lang="en"><title>${title}</title><h1>${title}</h1></html>\n` }
}

function send(response: ServerResponse, answer: Answer) {
  if (answer === 'stall') return
  if (answer === 'reset') return response.socket?.resetAndDestroy()
  const { status = 200, headers = {}, body = '', encoding = 'utf8', delay = 0, halfway } = answer
  if (delay > 0) return later(delay, () => send(response, { ...answer, delay: 0 }))
  const text = textOf(answer)
  response.statusCode = status
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json'
  if (text) response.setHeader('content-type', type)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (halfway === undefined) return response.end(text, encoding)
  response.setHeader('content-length', Buffer.byteLength(text))
  const half = text.length / 2
  response.write(text.slice(0, half), () => {
    if (halfway === 'reset') response.destroy()
    if (typeof halfway === 'number') later(halfway, () => response.end(text.slice(half)))
  })
}

const textOf = ({ body = '' }: Reply) => (typeof body === 'string' ? body : JSON.stringify(body))

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
