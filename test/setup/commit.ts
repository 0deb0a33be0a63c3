import { execFileSync } from 'node:child_process'

/** The commit from which a measured page is generated; `-dirty` if files differ from it. */
export const commit = () =>
  execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { encoding: 'utf8' }).trim()
