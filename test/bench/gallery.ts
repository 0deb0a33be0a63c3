/** A page of 300 small images, and one of 30 frames of another site, none of them cached, served by a process of its own: serving must not count as watching. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

// Not SVG: Chromium makes a document of each, which takes many times longer than all else here.
const image = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)
const images = Array.from({ length: 300 }, (_, index) => `<img src="${index}.png" width="16" height="16" alt="">`)

const server = createServer((request, response) => {
  const page = pages[request.url ?? '']?.()
  response.setHeader('content-type', page === undefined ? 'image/png' : 'text/html')
  response.setHeader('cache-control', 'no-store')
  response.end(page ?? image)
})
const port = () => (server.address() as AddressInfo).port
const frame = () => `<iframe src="http://localhost:${port()}/frame"></iframe>`
const pages: Readonly<Record<string, () => string>> = {
  '/': () => `<!doctype html><title>Gallery</title>${images.join('\n')}`,
  '/frames': () => `<!doctype html><title>Frames</title>${frame().repeat(30)}`,
  '/frame': () => '<!doctype html><title>Frame</title>',
}
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${port()}/`))
process.once('disconnect', () => process.exit())
