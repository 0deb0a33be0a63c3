/** A thread of a simulation: takes seeds, one after another, and hands back what their visits came to. */
import { parentPort, workerData } from 'node:worker_threads'
import { loadCore } from './core.ts'
import { run } from './run.ts'

// Core makes errors as it goes, and nobody looks at their stacks.
Error.stackTraceLimit = 0

const core = await loadCore(workerData.folder)

parentPort?.on('message', async (running) => {
  parentPort?.postMessage(await run(core, running))
})
