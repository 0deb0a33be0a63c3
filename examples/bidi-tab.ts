/** A client of WebDriver BiDi, as small as can be: one Firefox with one tab. @see https://w3c.github.io/webdriver-bidi/ */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

// biome-ignore lint/suspicious/noExplicitAny: the protocol's messages, as they come
export type Message = any

export interface Tab {
  readonly context: string
  /** What it shows now. */
  readonly url: string
  send(method: string, params: object): Promise<Message>
  /** Returns how to end it. */
  subscribe(listener: (event: Message) => void): () => void
  goto(url: string): Promise<void>
  evaluate(expression: string): Promise<void>
  close(): Promise<void>
}

const shown = ['navigationCommitted', 'fragmentNavigated', 'historyUpdated'].map((name) => `browsingContext.${name}`)

export async function openTab(): Promise<Tab> {
  const profile = await mkdtemp(join(tmpdir(), 'bidi-'))
  const args = ['--headless', '--no-remote', '--remote-debugging-port=0', '--profile', profile]
  const firefox = spawn(process.env.FIREFOX_PATH ?? 'firefox', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = new Promise((resolve) => firefox.once('exit', resolve))
  const socket = new WebSocket(`${await addressIn(firefox.stderr)}/session`)
  await new Promise((resolve, reject) => Object.assign(socket, { onopen: resolve, onerror: reject }))

  const answers = new Map<number, (answer: Message) => void>()
  const listeners = new Set<(event: Message) => void>()
  let url = ''
  let context = ''
  socket.onmessage = ({ data }) => {
    const message: Message = JSON.parse(data)
    if (message.type !== 'event') {
      answers.get(message.id)?.(message)
      return
    }
    if (message.params.context === context && shown.includes(message.method)) url = message.params.url
    for (const listener of listeners) listener(message)
  }
  let id = 0
  async function send(method: string, params: object): Promise<Message> {
    id++
    socket.send(JSON.stringify({ id, method, params }))
    const answer = await new Promise<Message>((resolve) => answers.set(id, resolve))
    if (answer.type === 'error') throw new Error(`${method}: ${answer.message}`)
    return answer.result
  }

  await send('session.new', { capabilities: {} })
  await send('session.subscribe', { events: ['network', 'browsingContext'] })
  await send('network.addDataCollector', { dataTypes: ['request', 'response'], maxEncodedDataSize: 8 * 1024 * 1024 })
  context = (await send('browsingContext.create', { type: 'tab' })).context
  return {
    context,
    get url() {
      return url
    },
    send,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async goto(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async evaluate(expression) {
      await send('script.evaluate', { expression, target: { context }, awaitPromise: true })
    },
    async close() {
      await send('browser.close', {})
      await ended
      await rm(profile, { recursive: true })
    },
  }
}

async function addressIn(stderr: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stderr })) {
    const address = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(line)?.[1]
    if (address) return address
  }
  throw new Error('Firefox did not start')
}
