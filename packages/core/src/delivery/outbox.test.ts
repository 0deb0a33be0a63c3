import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect } from 'vitest'
import { describeOutbox } from '../../../../test/outbox/behaviour.ts'
import { systemClock } from '../clock.ts'
import { createMemoryOutbox } from './memory-outbox.ts'
import { createSqliteOutbox } from './sqlite/sqlite-outbox.ts'

describeOutbox('memory', async () => ({ outbox: createMemoryOutbox(), clear() {} }))

describeOutbox('SQLite', async () => {
  const directory = mkdtempSync(`${tmpdir()}/outbox-`)
  const outbox = createSqliteOutbox({
    path: `${directory}/outbox.sqlite`,
    account: 'account',
    clock: { ...systemClock, now: () => 1000 },
    history: 86_400_000,
    trouble: expect.unreachable,
  })
  return { outbox, clear: () => rmSync(directory, { recursive: true }) }
})
