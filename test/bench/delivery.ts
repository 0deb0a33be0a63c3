/** What the outbox and its delivery cost, beside what keeps nothing. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { draining } from './draining.ts'
import { enqueueing } from './enqueueing.ts'
import { markdown, type Row } from './table.ts'

export async function benchDelivery(rounds: number): Promise<string> {
  const api = fork(`${import.meta.dirname}/api.ts`)
  const [url] = await once(api, 'message')
  const directory = mkdtempSync(`${tmpdir()}/bench-`)
  try {
    const rows = [
      ...(await enqueueing(rounds, directory, url)),
      ...(await draining(rounds, directory, url)),
      dependencies(),
    ]
    return markdown(rows)
  } finally {
    api.disconnect()
    rmSync(directory, { recursive: true })
  }
}

/** The packages that core's outboxes import and the rest of core does not. */
function dependencies(): Row {
  const core = new URL('../../packages/core/src/', import.meta.url)
  const outbox = new Set<string>()
  const rest = new Set<string>()
  for (const path of readdirSync(core, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue
    const isOutbox = /outbox|sqlite|file|spill|sync|stored/.test(path)
    for (const [, name = ''] of readFileSync(new URL(path, core), 'utf8').matchAll(/^(?! \*).* from '([^.'][^']*)'/gm))
      if (!name.startsWith('node:')) (isOutbox ? outbox : rest).add(name)
  }
  const value = [...outbox].filter((name) => !rest.has(name)).length
  return { what: 'dependencies that the outbox adds', unit: '', value, goal: { atMost: 0 } }
}
