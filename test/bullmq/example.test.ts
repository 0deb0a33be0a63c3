import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { openFleet } from './fleet.ts'

/** `pnpm packages` runs it in a user's project. */
const examples = process.env.EXAMPLES ?? resolve(import.meta.dirname, '../../examples')

test('many-machines: a crawler hands over, a worker delivers, and the process ends', async () => {
  await using fleet = await openFleet()
  const child = spawn(process.execPath, [`${examples}/many-machines.ts`], {
    env: { ...process.env, REDIS_URL: fleet.redis.url },
  })
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  expect(errors).toBe('')
  expect(output).toMatch(/: recorded at attempt 1\n1 delivered, 0 pending\nthe API recorded task_\w+: valid true\n$/)
})
