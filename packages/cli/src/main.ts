#!/usr/bin/env node
try {
  // First: an older Node lacks modules that the program imports, which says less than core does.
  await import('@regotcha-feedback/core')
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exit(1)
}
const { run } = await import('./program.ts')
await run(process.argv)
