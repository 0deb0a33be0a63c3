import { execFileSync } from 'node:child_process'

/** The commit that a page of figures is made from; `-dirty` where files differ from it. */
export const commit = () =>
  execFileSync('git', ['describe', '--always', '--dirty', '--exclude', '*'], { encoding: 'utf8' }).trim()
