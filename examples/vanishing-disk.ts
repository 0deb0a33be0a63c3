/** A container whose disk vanishes: on the platform's signal, deliver what can be, and leave the rest to the next run. */
import { Configuration, KeyValueStore, log } from '@crawlee/cheerio'
import { createRegotchaFeedback } from '@regotcha-feedback/core'
import { openKeyValueOutbox } from './key-value-outbox.ts'
import { finish, sandbox, solve } from './surroundings.ts'

log.setLevel(log.LEVELS.OFF)

/** Survives the container: on Apify, `Actor.openKeyValueStore()`. */
const store = await KeyValueStore.open(null, { config: new Configuration({ persistStorage: false }) })

async function runContainer(decided: number) {
  const { outbox, saved } = await openKeyValueOutbox(store)
  const feedback = createRegotchaFeedback({ outbox })
  feedback.on('failed', ({ kind }) => console.log(`failed: ${kind}`))

  // SIGTERM, or what your platform has: on Apify, `Actor.on('migrating', leave)` and `Actor.on('aborting', leave)`.
  const { promise: left, resolve } = Promise.withResolvers<number>()
  process.once('SIGTERM', async () => {
    await feedback.close({ timeout: 1 }) // watches end, and what has arrived is judged
    // Nothing is solved any more: the whole rate limit of the key is for feedback.
    const lifted = createRegotchaFeedback({ outbox, pace: { perMinute: 30, burst: 20 } })
    const { pending } = await lifted.close({ timeout: 5_000 }) // of what the platform allows
    await saved()
    resolve(pending)
  })

  const before = sandbox.feedback.length
  for (let i = 0; i < decided; i++) void feedback.report((await solve()).taskId, true)
  process.kill(process.pid, 'SIGTERM')
  const pending = await left
  console.log(`${sandbox.feedback.length - before} delivered, ${pending} left to the next run`)
}

await runContainer(6) // which takes a minute at the usual pace
const repair = sandbox.fault({ kind: 'status', status: 503 }, Number.POSITIVE_INFINITY)
await runContainer(3)
repair()
await runContainer(0)
await finish()
