import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { noFaultyLibc, runFaulty, runScript } from './faulty-libc.ts'
import type { SequenceReport } from './sequences.ts'

/** In memory, syncs are free. The journal shows what a power cut leaves. */
const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

export async function playSequences(count: number): Promise<SequenceReport> {
  const directory = mkdtempSync(`${place}/sequences-`)
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
