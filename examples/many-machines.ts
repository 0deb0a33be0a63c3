/** Crawlers on many machines: each hands its feedback over to your Redis, and a worker delivers it for all of them. */
import { bullmqOutbox, startFeedbackWorker } from '@regotcha-feedback/bullmq'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { finish, solve } from './surroundings.ts'

const { taskId } = await solve()
const connection = process.env.REDIS_URL ?? 'redis://localhost'

// In each crawler:
const feedback = createRegotchaFeedback({ outbox: bullmqOutbox({ connection }) })
feedback.on('delivered', ({ taskId, by, attempts }) => console.log(`${taskId}: ${by} at attempt ${attempts}`))
void feedback.report(taskId, true) // on this machine when it returns; nobody has to await Redis or the API

// Where you want it, once or more than once: a process of its own, or the same.
const worker = startFeedbackWorker({ connection }) // the key from REGOTCHA_CLIENT_KEY, as in the crawlers

const { delivered, pending } = await feedback.close()
await worker.close()

console.log(`${delivered} delivered, ${pending} pending`)
await finish()
