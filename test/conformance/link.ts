/** A proxy between a library and a remote browser: it can be slow, refuse commands, or break. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

export interface LinkOptions {
  /** The delay of a message in either direction, in ms. Default: none. */
  readonly latency?: number
  /** Protocol commands that are answered as if the browser did not know them. */
  readonly refused?: readonly string[]
}

export interface Link {
  readonly endpoint: string
  /** How many commands were refused. */
  refusals(): number
  /** Cuts all connections; new ones work. */
  cut(): void
  close(): void
}

/** Opens a port on loopback that forwards to a browser's endpoint. */
export async function openLink(
  browserEndpoint: string,
  { latency = 0, refused = [] }: LinkOptions = {},
): Promise<Link> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false })
  await once(server, 'listening')
  let refusals = 0
  server.on('connection', (library) => {
    const browser = new WebSocket(browserEndpoint, { perMessageDeflate: false, maxPayload: 0 })
    const opened = once(browser, 'open').catch(() => library.terminate())
    const send = (to: WebSocket, message: string) =>
      void opened.then(() => setTimeout(() => to.send(message, () => {}), latency))
    const relay = (from: WebSocket, to: WebSocket) => {
      from.on('message', (data) => {
        const message = String(data)
        const { id, method, sessionId } = JSON.parse(message)
        if (from === browser || !refused.includes(method)) {
          send(to, message)
        } else {
          refusals++
          send(library, JSON.stringify({ id, sessionId, error: { code: -32601, message: `'${method}' wasn't found` } }))
        }
      })
      from.on('close', () => to.terminate())
      from.on('error', () => to.terminate())
    }
    relay(library, browser)
    relay(browser, library)
  })
  const cut = () => {
    for (const library of server.clients) library.terminate()
  }
  return {
    endpoint: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refusals: () => refusals,
    cut,
    close() {
      cut()
      server.close()
    },
  }
}
