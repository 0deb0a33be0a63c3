/** A disk whose syncs are slow and counted, where there is a C compiler to make one. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

export interface Disk {
  /** What a process needs in its environment to have this disk. */
  readonly environment: NodeJS.ProcessEnv
  /** How many syncs were asked for so far. */
  syncs(): number
}

/** @param delay - milliseconds that each sync takes longer. Returns why there is none, where there is none. */
export function makeDisk(directory: string, delay: number): Disk | string {
  if (process.platform !== 'linux') return 'needs Linux'
  const library = `${directory}/disk.so`
  const args = ['-shared', '-fPIC', '-O2', '-o', library, `${import.meta.dirname}/disk.c`, '-ldl']
  const { status, error, stderr } = spawnSync('gcc', args, { encoding: 'utf8' })
  if (status !== 0) return error ? 'needs gcc' : `gcc: ${stderr.split('\n')[0]}`
  const count = `${directory}/syncs-${delay}`
  writeFileSync(count, Buffer.alloc(8))
  return {
    environment: { LD_PRELOAD: library, DISK_COUNT: count, DISK_DELAY: String(delay * 1000) },
    syncs: () => Number(readFileSync(count).readBigUInt64LE()),
  }
}
