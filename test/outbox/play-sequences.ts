import { mkdtempSync, rmSync } from 'node:fs'
import { noFaultyLibc, runFaulty, runScript } from './faulty-libc.ts'
import { memory } from './memory.ts'
import type { SequenceReport } from './sequences.ts'

export async function playSequences(count: number): Promise<SequenceReport> {
  const directory = mkdtempSync(`${memory}/sequences-`)
  const script = `${import.meta.dirname}/sequences.ts`
  const root = `${directory}/files`
  try {
    if (noFaultyLibc) return await runScript(script, root, String(count))
    const journal = `${directory}/journal`
    return await runFaulty(script, { files: root, journal }, String(count), journal)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
