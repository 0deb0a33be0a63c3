/** The sandbox in a process of its own: answering must not count as delivering. */
import { subscribe } from 'node:diagnostics_channel'
import type { Server } from 'node:http'
import { startSandbox } from '@regotcha-feedback/sandbox'

export interface Dealt {
  readonly taskId: string
  readonly token: string
}

// On a busy machine a server would close an idle connection just when the next call takes it.
subscribe('http.server.request.start', (message) => {
  const { server } = message as { server: Server }
  server.keepAliveTimeout = 0
})

const sandbox = await startSandbox({
  now: () => performance.now(),
  rateLimit: { requests: Number.POSITIVE_INFINITY, window: 1 },
})

/** Deals a task; for one that was dealt, ms from the site's answer to its token to its feedback. */
process.on('message', (message: 'deal' | Dealt) => {
  process.send?.(message === 'deal' ? sandbox.issueTask() : between(message))
})

function between({ taskId, token }: Dealt): number {
  const answeredAt = sandbox.submissions.findLast((submission) => submission.token === token)?.at
  const arrivedAt = sandbox.requests.findLast((request) => request.taskId === taskId)?.at
  return (arrivedAt ?? Number.NaN) - (answeredAt ?? Number.NaN)
}

const { apiURL: baseURL, clientKey } = sandbox
process.send?.({ baseURL, clientKey, url: sandbox.url('json') })
process.once('disconnect', () => process.exit())
