#!/usr/bin/env node
try {
  // Core comes first because it names the required Node version. Otherwise an older Node fails with a missing module.
  await import('@regotcha-feedback/core')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
const { run } = await import('./program.ts')
await run(process.argv)
