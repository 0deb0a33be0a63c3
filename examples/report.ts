/** Without a browser: you know the verdict, we deliver it. */
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { finish, solve } from './surroundings.ts'

const { taskId } = await solve()

const feedback = createRegotchaFeedback({ pace: { perMinute: 20, burst: 10 } })
feedback.on('delivered', ({ taskId, by, attempts }) => console.log(`${taskId}: ${by} at attempt ${attempts}`))
feedback.on('failed', (failure) => console.error('not delivered:', failure))

void feedback.report(taskId, true) // in the outbox when it returns; nobody has to await its delivery
const { pending } = await feedback.close({ timeout: 5_000 })

console.log(`${pending} pending`)
await finish()
