/** A worker in its own process. */
import { startFeedbackWorker } from '@regotcha-feedback/bullmq'

startFeedbackWorker({ connection: process.argv[2] ?? '', pace: { perMinute: 60_000, burst: 1000 } })
