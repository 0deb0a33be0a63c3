/** An API that records whatever comes, at once or below `/slow` after 5 ms, in a process of its own: answering must not count as delivering. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const answer = JSON.stringify({ errorId: 0, message: 'Feedback recorded: token valid' })

const server = createServer((request, response) => {
  request.resume().on('end', () => {
    response.setHeader('content-type', 'application/json')
    if (request.url?.startsWith('/slow/')) setTimeout(() => response.end(answer), 5)
    else response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('disconnect', () => process.exit())
